/**
 * The one door to fauxqs, the SQS emulator. Its package exports only a server that listens on all interfaces and keeps its
 * store to itself; here the store and the actions are wanted in this process, so they are imported from their files. The
 * version is pinned exactly, and the tests run every action through the real SDK.
 */
import { QueueDoesNotExistError, SqsError } from '../../node_modules/fauxqs/dist/common/errors.js';
import { changeMessageVisibility } from '../../node_modules/fauxqs/dist/sqs/actions/changeMessageVisibility.js';
import { changeMessageVisibilityBatch } from '../../node_modules/fauxqs/dist/sqs/actions/changeMessageVisibilityBatch.js';
import { createQueue } from '../../node_modules/fauxqs/dist/sqs/actions/createQueue.js';
import { deleteMessage } from '../../node_modules/fauxqs/dist/sqs/actions/deleteMessage.js';
import { deleteMessageBatch } from '../../node_modules/fauxqs/dist/sqs/actions/deleteMessageBatch.js';
import { deleteQueue } from '../../node_modules/fauxqs/dist/sqs/actions/deleteQueue.js';
import { getQueueAttributes } from '../../node_modules/fauxqs/dist/sqs/actions/getQueueAttributes.js';
import { getQueueUrl } from '../../node_modules/fauxqs/dist/sqs/actions/getQueueUrl.js';
import { listQueues } from '../../node_modules/fauxqs/dist/sqs/actions/listQueues.js';
import { listQueueTags } from '../../node_modules/fauxqs/dist/sqs/actions/listQueueTags.js';
import { purgeQueue } from '../../node_modules/fauxqs/dist/sqs/actions/purgeQueue.js';
import { receiveMessage } from '../../node_modules/fauxqs/dist/sqs/actions/receiveMessage.js';
import { sendMessage } from '../../node_modules/fauxqs/dist/sqs/actions/sendMessage.js';
import { sendMessageBatch } from '../../node_modules/fauxqs/dist/sqs/actions/sendMessageBatch.js';
import { setQueueAttributes } from '../../node_modules/fauxqs/dist/sqs/actions/setQueueAttributes.js';
import { tagQueue } from '../../node_modules/fauxqs/dist/sqs/actions/tagQueue.js';
import { untagQueue } from '../../node_modules/fauxqs/dist/sqs/actions/untagQueue.js';
import { SqsQueue, SqsStore } from '../../node_modules/fauxqs/dist/sqs/sqsStore.js';
import { calculateMessageSize, INVALID_MESSAGE_BODY_CHAR } from '../../node_modules/fauxqs/dist/sqs/sqsTypes.js';

// fauxqs tests bodies by UTF-16 units and so refuses every character beyond U+FFFF, which SQS takes.
INVALID_MESSAGE_BODY_CHAR.compile('[^\\t\\n\\r\\u{20}-\\u{D7FF}\\u{E000}-\\u{FFFD}\\u{10000}-\\u{10FFFF}]', 'u');

export type { SqsMessage } from '../../node_modules/fauxqs/dist/sqs/sqsTypes.js';
export { calculateMessageSize, QueueDoesNotExistError, receiveMessage, sendMessage, SqsError, SqsQueue, SqsStore };

/** An action of fauxqs. Of the request it reads the `authorization` and `host` headers alone. */
export type FauxqsAction = (input: never, store: SqsStore, request: never) => unknown;

/** The actions that are used as they are. */
export const FAUXQS_ACTIONS: ReadonlyMap<string, FauxqsAction> = new Map<string, FauxqsAction>(
  Object.entries({
    ChangeMessageVisibility: changeMessageVisibility, ChangeMessageVisibilityBatch: changeMessageVisibilityBatch,
    CreateQueue: createQueue, DeleteMessage: deleteMessage, DeleteMessageBatch: deleteMessageBatch, DeleteQueue: deleteQueue,
    GetQueueAttributes: getQueueAttributes, GetQueueUrl: getQueueUrl, ListQueues: listQueues, ListQueueTags: listQueueTags,
    PurgeQueue: purgeQueue, SendMessage: sendMessage, SendMessageBatch: sendMessageBatch, SetQueueAttributes: setQueueAttributes,
    TagQueue: tagQueue, UntagQueue: untagQueue,
  }),
);
