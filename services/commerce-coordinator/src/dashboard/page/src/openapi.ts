/**
 * The types of Commerce Coordinator's API. Made from docs/contract/commerce-coordinator.openapi.json by `pnpm write-docs`; not edited.
 */
export interface paths {
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read all figures in the text format of Prometheus
         * @description Scope: `metrics:read`.
         */
        get: operations["readMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/replays": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List replays, the newest first
         * @description Scope: `replay:read`.
         */
        get: operations["listReplays"];
        put?: never;
        /**
         * Give events of the log once more to one target, or build a projection anew; a dry run unless it says otherwise
         * @description Scope: `replay:write`.
         */
        post: operations["startReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/replays/targets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what a replay may be aimed at, beside webhook endpoints and the bus
         * @description Scope: `replay:read`.
         */
        get: operations["listReplayTargets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/replays/{replayId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how far a replay is
         * @description Scope: `replay:read`.
         */
        get: operations["readReplay"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/replays/{replayId}/differences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what a replay changes, or would change
         * @description The first 10,000 are kept, for seven days after its end. What is personal in rows and events is shown with the scope admin or users:read, and reads as erased without; the acts of people, and members of events that are kept inside, with admin.
         *
         *     Scope: `replay:read`.
         */
        get: operations["listReplayDifferences"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/replays/{replayId}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a dry run that is done, over the same events
         * @description Scope: `replay:write`.
         */
        post: operations["runReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/replays/{replayId}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a replay; what it has done stays done
         * @description Scope: `replay:write`.
         */
        post: operations["stopReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/replays/{replayId}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Go on with a replay that was stopped or has failed
         * @description Scope: `replay:write`.
         */
        post: operations["resumeReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/replays/{replayId}/drop-kept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Drop the table that was live before a rebuild took its place
         * @description Scope: `replay:write`.
         */
        post: operations["dropKeptTable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/payments/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Webhook of a payment provider
         * @description Signed as Standard Webhooks says, or as the provider does that the installation has as its default; no token.
         *
         *     Needs no token.
         */
        post: operations["tellOfPayment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/payments/orders/{provider}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Webhook of a named payment provider
         * @description Signed as the provider of the path does; no token. A provider that is not configured has no path.
         *
         *     Needs no token.
         */
        post: operations["tellOfPaymentAs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/payments/disputes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Webhook about a dispute
         * @description Signed as Standard Webhooks says, or as the provider does that the installation has as its default; no token.
         *
         *     Needs no token.
         */
        post: operations["tellOfDispute"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/payments/disputes/{provider}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Webhook of a named provider about a dispute
         * @description Signed as the provider of the path does; no token. A provider that is not configured has no path.
         *
         *     Needs no token.
         */
        post: operations["tellOfDisputeAs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/internal/updates/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a payment provider tells of the payment of an order
         * @description Scope: `updates:write`.
         */
        post: operations["updateOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/internal/updates/disputes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a payment provider tells of a dispute about the payment of an order
         * @description Scope: `updates:write`.
         */
        post: operations["updateDispute"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how many events there are, what listens, and the last events
         * @description The acts of people (topic audit-events), and members that are kept inside, are shown with the scope admin; fields with personal data with admin or users:read, and read as erased without.
         *
         *     Scope: `events:read`.
         */
        get: operations["readEventStatistics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the figures of the last minute
         * @description Scope: `events:read`.
         */
        get: operations["readEventMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Emit an event to whoever listens on the live bus
         * @description To try what listens: it goes over the live bus and to the streams of events only. It stands in no log, no handler hears it, it is not published, and its metadata says that it is a test.
         *
         *     Scope: `events:write`.
         */
        post: operations["emitTestEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow events as they are committed
         * @description Server-sent events. A message has an event as history lists it, with its name, and as id its place; one that POST /api/events/test emits has no id, and says "test": true. An event of the type "notice" tells of the stream itself: live, behind, caught_up, held, released, too_old, restored, closing. It ends after 15 minutes: come again with the last id. The acts of people (topic audit-events), and members that are kept inside, are shown with the scope admin; fields with personal data with admin or users:read, and read as erased without.
         *
         *     Scope: `events:read`.
         */
        get: operations["streamEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search the history of events, newest first
         * @description All conditions must hold. Types, subject, correlation id and times are found by an index; the rest is judged event by event, some 20,000 for one request, after which nextCursor goes on. As a batch of CloudEvents 1.0 when Accept asks for application/cloudevents-batch+json; the header Link has the next page then. The acts of people (topic audit-events), and members that are kept inside, are shown with the scope admin; fields with personal data with admin or users:read, and read as erased without.
         *
         *     Scope: `events:read`.
         */
        get: operations["searchEventHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{eventId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an event with what led to it and what came of it
         * @description The event alone, as CloudEvents 1.0, when Accept asks for application/cloudevents+json. The acts of people (topic audit-events), and members that are kept inside, are shown with the scope admin; fields with personal data with admin or users:read, and read as erased without.
         *
         *     Scope: `events:read`.
         */
        get: operations["readEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search the acts of people, newest first
         * @description All conditions must hold. Acts are kept for seven years.
         *
         *     Scope: `admin`.
         */
        get: operations["searchAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List calls to other services about a subject, the oldest first
         * @description What effects of handlers asked of Order Fulfillment and of payment providers. Kept for 7 days, and not all of them when there are many in a second: of those that went well and of those that failed 25 each, in each process.
         *
         *     Scope: `events:read`.
         */
        get: operations["listServiceCalls"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit/verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Hold every event of the log against its seal and its digest
         * @description Server-sent events: "progress" { seals, ofSeals, events }, "finding" { kind, seal, eventId, position, differs, text }, and at the end "verified" { seals, events, gone, unsealed, unprovable, heads, findings, signaturesJudged }. A stream that ends without "verified" has not seen the whole log. It ends after 15 minutes: a log that takes longer is verified by audit:verify.
         *
         *     Scope: `admin`.
         */
        get: operations["verifyLog"];
        put?: never;
        /**
         * The same, and hold the log against signed heads that were kept elsewhere
         * @description Changes nothing. A kept head finds a log that was cut off, or written anew together with its seals and the heads in its database. Server-sent events: "progress" { seals, ofSeals, events }, "finding" { kind, seal, eventId, position, differs, text }, and at the end "verified" { seals, events, gone, unsealed, unprovable, heads, findings, signaturesJudged }. A stream that ends without "verified" has not seen the whole log. It ends after 15 minutes: a log that takes longer is verified by audit:verify.
         *
         *     Scope: `admin`.
         */
        post: operations["verifyLogByHeads"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/dashboard/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List who is signed in at the dashboard
         * @description Sessions that last, the newest first, 1,000 at most.
         *
         *     Scope: `admin`.
         */
        get: operations["listDashboardSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/dashboard/sessions/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign a user out of the dashboard
         * @description Ends all sessions of the user, in every process, at once. He may sign in again while the issuer gives him a role. It is recorded with the reason.
         *
         *     Scope: `admin`.
         */
        post: operations["endDashboardSessions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/flow": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the whole flow of events as a graph, with what was measured of it
         * @description Drawn from the map of signals, the rules on the buses and what really happens: who tells, who hears, how often, how fast, how much fails, what waits, and what was never used.
         *
         *     Scope: `events:read`.
         */
        get: operations["readFlow"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/catalog": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the types of events with all their names
         * @description Scope: `events:read`.
         */
        get: operations["listEventTypes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/catalog/{type}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a type of event
         * @description Scope: `events:read`.
         */
        get: operations["readEventType"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/catalog/{type}/example": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an example of an event
         * @description In our envelope; as CloudEvents 1.0 when Accept asks for application/cloudevents+json.
         *
         *     Scope: `events:read`.
         */
        get: operations["readEventExample"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/catalog/{type}/versions/{version}/schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the JSON Schema of a type of event in one version
         * @description Of the whole envelope, JSON Schema 2020-12.
         *
         *     Scope: `events:read`.
         */
        get: operations["readEventSchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell events of which somebody outside knows first
         * @description Only types that the catalogue marks isExternal, in the name of the client of the token (source), at most 100. May be repeated: the id of an event is its identity.
         *
         *     Scope: `events:write`.
         */
        post: operations["tellEvents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/archive-replays": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the replays of the archive
         * @description Scope: `replay:read`.
         */
        get: operations["listArchiveReplays"];
        put?: never;
        /**
         * Replay a window of time out of the archive of Order Fulfillment
         * @description Scope: `replay:write`.
         */
        post: operations["startArchiveReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/archive-replays/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how far a replay is and what it has brought
         * @description Scope: `replay:read`.
         */
        get: operations["readArchiveReplay"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/archive-replays/{name}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a replay; what it has sent stays
         * @description Scope: `replay:write`.
         */
        post: operations["stopArchiveReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List dead letters of all kinds, the oldest first
         * @description Scope: `dlq:read`.
         */
        get: operations["listDeadLetters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dead-letters/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count dead letters by kind, queue, reason, type and handler
         * @description Scope: `dlq:read`.
         */
        get: operations["countDeadLetters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dead-letters/{letterId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read one dead letter: why, where, every recorded attempt, and where it does not fit the catalogue
         * @description Scope: `dlq:read`.
         */
        get: operations["readDeadLetter"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dead-letter-runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List runs, the newest first
         * @description Scope: `dlq:read`.
         */
        get: operations["listDeadLetterRuns"];
        put?: never;
        /**
         * Redrive or discard one dead letter, some, or all, at a rate
         * @description Scope: `dlq:write`.
         */
        post: operations["beginDeadLetterRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dead-letter-runs/{runId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how far a run is
         * @description Scope: `dlq:read`.
         */
        get: operations["readDeadLetterRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dead-letter-runs/{runId}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a run after its present batch; what it has done stays done
         * @description Scope: `dlq:write`.
         */
        post: operations["stopDeadLetterRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders/{orderId}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel an order: what was not begun is not begun, what was done is undone
         * @description Scope: `orders:write`.
         */
        post: operations["cancelOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders/{orderId}/refund": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take back a delivered order, or some of its lines, and give the money back
         * @description Scope: `admin`.
         */
        post: operations["refundOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders/{orderId}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take back what was delivered for an order, or for some of its lines; money follows for what came back
         * @description Scope: `admin`.
         */
        post: operations["revokeOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders/{orderId}/re-request": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask the fulfilling side again, by a new request under a new key
         * @description For a paid order whose request was given up or lost, and for one of which no outcome comes. What the fulfilling side has of the order already is taken over: nothing is delivered twice.
         *
         *     Scope: `admin`.
         */
        post: operations["requestOrderAgain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders/{orderId}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try at once what waits for an order: jobs, parked events, dead letters, timers
         * @description Scope: `dlq:write`.
         */
        post: operations["retryOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders/care": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the orders that need care, with what each waits for, the longest in need first
         * @description Orders that are past their promised time, orders of which something is owed for too long, ended ones too, and orders of which something was given up.
         *
         *     Scope: `orders:read`.
         */
        get: operations["listOrdersNeedingCare"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders/{orderId}/care": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read what an order waits for, what happens by itself, and what a person may do
         * @description What GET /orders/care says of those that need care, of any order: of one that is within its promised time, and of one that has ended.
         *
         *     Scope: `orders:read`.
         */
        get: operations["readOrderCare"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders/care/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the orders that need care, by what they wait for
         * @description Of what GET /orders/care?retrying=true lists: orders that need care, and orders within their time of which something has failed and is tried again.
         *
         *     Scope: `orders:read`.
         */
        get: operations["countOrdersNeedingCare"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List orders, newest first
         * @description Address, note and name of the customer are shown to the client that placed the order, and with the scope admin or users:read; to all others they read as erased.
         *
         *     Scope: `orders:read`.
         */
        get: operations["listOrders"];
        put?: never;
        /**
         * Place an order
         * @description Scope: `orders:write`.
         */
        post: operations["placeOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders/{orderId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an order
         * @description Address, note and name of the customer are shown to the client that placed the order, and with the scope admin or users:read; to all others they read as erased.
         *
         *     Scope: `orders:read`.
         */
        get: operations["readOrder"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders/{orderId}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read everything that happened to an order, in order, with causes
         * @description Address, note and name of the customer are shown to the client that placed the order, and with the scope admin or users:read; to all others they read as erased.
         *
         *     Scope: `orders:read`.
         */
        get: operations["readOrderTimeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/inventory/adjustments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Adjust the stock of a product
         * @description Scope: `inventory:write`.
         */
        post: operations["adjustStock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/inventory/adjustments/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Adjust the stocks of many products, all or none
         * @description Scope: `inventory:write`.
         */
        post: operations["adjustStocks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/inventory/{sku}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the stock of a product
         * @description Scope: `inventory:read`.
         */
        get: operations["readStock"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/inventory": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List stocks by their sku
         * @description Scope: `inventory:read`.
         */
        get: operations["listStocks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reconciliation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how the comparison with the fulfilling side stands
         * @description Scope: `orders:read`.
         */
        get: operations["readReconciliation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders/{orderId}/shipment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the shipment of an order
         * @description Scope: `orders:read`.
         */
        get: operations["readShipment"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders/{orderId}/shipment/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell that a parcel has arrived
         * @description May be repeated: the first word counts.
         *
         *     Scope: `admin`.
         */
        post: operations["tellDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List users by their id
         * @description Scope: `users:read`.
         */
        get: operations["listUsers"];
        put?: never;
        /**
         * Register a user
         * @description The id makes it repeatable: the same form again answers with the user as it is now.
         *
         *     Scope: `users:write`.
         */
        post: operations["registerUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/{userId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a user
         * @description Scope: `users:read`.
         */
        get: operations["readUser"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change the profile of a user
         * @description Scope: `users:write`.
         */
        patch: operations["updateUser"];
        trace?: never;
    };
    "/users/{userId}/deactivate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Deactivate a user for good
         * @description May be repeated.
         *
         *     Scope: `users:write`.
         */
        post: operations["deactivateUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/products": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List products by their sku
         * @description Scope: `catalog:read`.
         */
        get: operations["listProducts"];
        put?: never;
        /**
         * Create a product
         * @description The sku makes it repeatable: the same form again answers with the product as it is now.
         *
         *     Scope: `catalog:write`.
         */
        post: operations["createProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/products/{sku}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a product and what can be sold of it
         * @description Scope: `catalog:read`.
         */
        get: operations["readProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change a product
         * @description Scope: `catalog:write`.
         */
        patch: operations["updateProduct"];
        trace?: never;
    };
    "/products/{sku}/discontinue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Discontinue a product for good
         * @description May be repeated.
         *
         *     Scope: `catalog:write`.
         */
        post: operations["discontinueProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/carts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin a cart
         * @description Scope: `orders:write`.
         */
        post: operations["createCart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/carts/{cartId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a cart
         * @description Scope: `orders:read`.
         */
        get: operations["readCart"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/carts/{cartId}/items": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add to what the cart has of a product
         * @description A cart remembers the keys of its last 100 additions.
         *
         *     Scope: `orders:write`.
         */
        post: operations["addCartItem"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/carts/{cartId}/items/{sku}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take a product out of the cart
         * @description Scope: `orders:write`.
         */
        delete: operations["removeCartItem"];
        options?: never;
        head?: never;
        /**
         * Set the quantity of a product in the cart
         * @description Scope: `orders:write`.
         */
        patch: operations["setCartItem"];
        trace?: never;
    };
    "/carts/{cartId}/checkout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Place the order of a cart
         * @description Scope: `orders:write`.
         */
        post: operations["checkOutCart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/analytics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read counts, rates and times of steps
         * @description By event type and by step, over whole windows. An event counts when it was recorded; a step takes the time between the moments at which its two events occurred.
         *
         *     Scope: `events:read`.
         */
        get: operations["readAnalytics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/analytics/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an event type or a step window by window
         * @description Scope: `events:read`.
         */
        get: operations["readAnalyticsSeries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers/{customerId}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Give out everything that is known of a customer
         * @description Profile, contact, orders, payments, shipments, carts, messages, and every event about them with the acts of people, and the copies of these that are kept as webhooks and their answers, dead letters and differences of replays; in pages. The first page is recorded with the reason.
         *
         *     Scope: `admin`.
         */
        get: operations["exportCustomer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers/{customerId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Erase a customer
         * @description Destroys the key under which the log keeps personal data of the customer, takes them out of all rows, and tells it as CustomerErased. The ids, the orders and what they cost stay. May be repeated: 200 says that it is done.
         *
         *     Scope: `admin`.
         */
        delete: operations["eraseCustomer"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register a webhook
         * @description A secret that is made here stands in the first answer alone: the same request again is answered without it.
         *
         *     Scope: `webhooks:write`.
         */
        post: operations["registerWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List webhooks by their id
         * @description Scope: `webhooks:read`.
         */
        get: operations["listWebhooks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how many webhooks there are, and what was delivered
         * @description Scope: `webhooks:read`.
         */
        get: operations["readWebhookStatistics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a webhook
         * @description Scope: `webhooks:read`.
         */
        get: operations["readWebhook"];
        put?: never;
        post?: never;
        /**
         * Remove a webhook
         * @description What waits for it is discarded.
         *
         *     Scope: `webhooks:write`.
         */
        delete: operations["removeWebhook"];
        options?: never;
        head?: never;
        /**
         * Change a webhook
         * @description What the form leaves out stays as it is; its secret is changed by rotate. But headers are for one origin: when url has another one and no headers are given, those before are dropped, and droppedHeaders names them. The url and headers of somebody else's webhook are changed with the scope admin alone.
         *
         *     Scope: `webhooks:write`.
         */
        patch: operations["changeWebhook"];
        trace?: never;
    };
    "/api/webhooks/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change the secret of a webhook
         * @description The secret before signs along for 24 hours, so that the receiver can change without a gap. That of somebody else's webhook is changed with the scope admin alone.
         *
         *     Scope: `webhooks:write`.
         */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test to a webhook
         * @description One attempt, signed and guarded as every delivery, to an endpoint that is enabled or not; answered when it has ended, after 10 s at most. It counts nowhere.
         *
         *     Scope: `webhooks:write`.
         */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{id}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Enable a webhook, and say what becomes of what was held
         * @description May be repeated.
         *
         *     Scope: `webhooks:write`.
         */
        post: operations["enableWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{id}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Disable a webhook: its deliveries are held
         * @description May be repeated.
         *
         *     Scope: `webhooks:write`.
         */
        post: operations["disableWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/dead-deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the deliveries that were given up, of all webhooks, newest first
         * @description Scope: `webhooks:read`.
         */
        get: operations["listDeadWebhookDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what was sent about one subject, to all webhooks, newest first, with its attempts
         * @description Scope: `webhooks:read`.
         */
        get: operations["listWebhookDeliveriesAbout"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/recover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send again what was given up, of all webhooks that are enabled
         * @description Scope: `webhooks:write`.
         */
        post: operations["recoverWebhooks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{id}/recover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send again what was given up
         * @description Exhausted deliveries of a webhook, from a moment on. May be repeated.
         *
         *     Scope: `webhooks:write`.
         */
        post: operations["recoverWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the deliveries of a webhook, newest first
         * @description Scope: `webhooks:read`.
         */
        get: operations["listWebhookDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{id}/deliveries/{deliveryId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a delivery with its request and its attempts
         * @description Scope: `webhooks:read`.
         */
        get: operations["readWebhookDelivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{id}/deliveries/{deliveryId}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a delivery once more
         * @description Whatever became of it, also when it was delivered; under the same id and with the same body. May be repeated.
         *
         *     Scope: `webhooks:write`.
         */
        post: operations["retryWebhookDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/figures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how webhooks fare: their last deliveries, what waits, what was given up
         * @description Scope: `webhooks:read`.
         */
        get: operations["readWebhookFigures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/order-status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Report how an order stands with a system outside
         * @description Signed as Standard Webhooks says; no token.
         *
         *     Needs no token.
         */
        post: operations["reportOrderStatus"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/worker-status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Report how a job stands with a worker outside
         * @description Signed as Standard Webhooks says; no token.
         *
         *     Needs no token.
         */
        post: operations["reportWorkerStatus"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Learn whether a message is signed as it must be
         * @description Signed as Standard Webhooks says; no token. Nothing is stored.
         *
         *     Needs no token.
         */
        post: operations["testInboundWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/panels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the panels of the loaded extensions
         * @description Scope: `events:read`.
         */
        get: operations["listPanels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** Analytics */
        Analytics: {
            window: string;
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            to: string;
            /** @description Each percentile is within this part of the value at its rank. The mean is exact. */
            relativeError: number;
            /** @description Batches that are counted and not in these figures yet, up to 10,000; they follow within seconds. */
            pending: number;
            types: {
                type: string;
                count: number;
                perSecond: number;
                /** @description Of these, how many were recorded more than 60 s after they occurred. */
                late: number;
            }[];
            steps: {
                step: string;
                from: string;
                to: string;
                count: number;
                perSecond: number;
                /** @description Of these, how many were recorded more than 60 s after they occurred. */
                late: number;
                meanMs: number | null;
                p50Ms: number | null;
                p95Ms: number | null;
                p99Ms: number | null;
            }[];
        };
        /** AnalyticsSeries */
        AnalyticsSeries: {
            window: string;
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            to: string;
            /** @description Each percentile is within this part of the value at its rank. The mean is exact. */
            relativeError: number;
            measure: string;
            /** @description In the order of time; windows in which nothing was counted are left out. */
            items: {
                /** Format: date-time */
                startsAt: string;
                count: number;
                perSecond: number;
                /** @description Of these, how many were recorded more than 60 s after they occurred. */
                late: number;
                meanMs: number | null;
                p50Ms: number | null;
                p95Ms: number | null;
                p99Ms: number | null;
            }[];
            nextCursor: string | null;
        };
        /** ChangedWebhook */
        ChangedWebhook: {
            /** Format: uuid */
            webhookId: string;
            url: string;
            events: string[];
            filter: {
                [key: string]: unknown;
            } | null;
            retryAttempts: number;
            retryDelay: number;
            timeout: number;
            rateLimit: number | null;
            maxInFlight: number;
            ordered: boolean;
            /** @description Names of the headers that are sent along. */
            headerNames: string[];
            description: string | null;
            /** @description Client that registered it. */
            owner: string;
            /** @enum {string} */
            status: "enabled" | "disabled";
            disabledReason: string | null;
            disabledAt: string | null;
            /** @description What signs now, newest first; without the secrets themselves. */
            secrets: {
                /** @enum {string} */
                signing: "hmac" | "ed25519";
                /** Format: date-time */
                createdAt: string;
                /** @description Until when it signs along after it was changed; null for the present one. */
                expiresAt: string | null;
                /** @description whpk_ and base64, for ed25519. */
                publicKey: string | null;
            }[];
            delivered: number;
            failedAttempts: number;
            /** @description Deliveries that were given up. */
            exhausted: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description Names of the headers that are not sent along any more, for url has another origin and no headers were given. */
            droppedHeaders: string[];
        };
        /**
         * CloudEvent
         * @description An event as CloudEvents 1.0.
         */
        CloudEvent: {
            [key: string]: unknown;
        };
        /** CustomerErasure */
        CustomerErasure: {
            customerId: string;
            /**
             * @description erasing: nothing of it can be read any more; what a process had in its memory is taken away within a minute.
             * @enum {string}
             */
            status: "erasing" | "erased";
            /** Format: date-time */
            erasedAt: string;
            finishedAt: string | null;
            /** @description Per table, how many rows lost something. */
            rows: {
                [key: string]: number;
            };
            /** @description Events from before PERSONAL_DATA_KEY was set: they stay readable until their retention has passed. */
            eventsInClear: number;
        };
        /** CustomerExport */
        CustomerExport: {
            customerId: string;
            /** @description What was there before is gone. */
            erasedAt: string | null;
            items: {
                /** @enum {string} */
                kind: "user" | "customer" | "contact" | "order" | "payment" | "shipment" | "cart" | "notification" | "event" | "webhook" | "webhook_answer" | "dead_letter" | "replay_difference";
                id: string;
                /** @description The row or the event as it stands. */
                data: {
                    [key: string]: unknown;
                };
            }[];
            nextCursor: string | null;
        };
        /** DashboardSessions */
        DashboardSessions: {
            items: {
                subject: string;
                name: string;
                /** @enum {string} */
                role: "viewer" | "operator" | "admin";
                /** Format: date-time */
                beganAt: string;
                /** Format: date-time */
                seenAt: string;
                /**
                 * Format: date-time
                 * @description If nothing more is asked in it.
                 */
                expiresAt: string;
            }[];
        };
        /** Delivery */
        Delivery: {
            /** @example Northwind Post */
            carrier: string;
            /** @example NP0000012 */
            trackingNumber: string;
            /**
             * Format: date-time
             * @description Now when left out.
             */
            deliveredAt?: string;
            /** @description Why, for the record of who told it. */
            reason?: {
                /** @example customer_changed_mind */
                code: string;
                message?: string;
            };
        };
        /** EndOfSessions */
        EndOfSessions: {
            /** @description The user whose sessions end, all of them. */
            subject: string;
            reason?: {
                /** @example customer_changed_mind */
                code: string;
                message?: string;
            };
        };
        /** EndedSessions */
        EndedSessions: {
            ended: number;
        };
        /** EventCounts */
        EventCounts: {
            /** @description How many stand in the log since then. */
            events: number;
            /** @description When the last of them was recorded. */
            lastAt: string | null;
            /**
             * Format: date-time
             * @description The begin of the count: 24 hours ago, or later when very many events were told.
             */
            since: string;
        };
        /** EventEnvelope */
        EventEnvelope: {
            eventId: string;
            eventType: string;
            eventVersion: string;
            timestamp: string;
            source: string;
            correlationId: string;
            causationId: string | null;
            data: {
                [key: string]: unknown;
            };
            metadata: {
                [key: string]: unknown;
            };
        };
        /** EventType */
        EventType: {
            type: string;
            constant: string;
            /** @description The name under which webhooks and the live bus know it. */
            webhook: string;
            /** @description Second names of the same event; one may stand for several types. */
            otherNames: string[];
            description: string;
            topic: {
                name: string;
                partitions: number;
                retentionDays: number;
                description: string;
            };
            /**
             * @description Published on the bus of its producer, kept in the log of this service, or told live and stored nowhere.
             * @enum {string}
             */
            visibility: "published" | "internal" | "live";
            /** @description Taken from outside too: POST /api/events. */
            isExternal: boolean;
            /** @description The one that is written today. */
            currentVersion: string;
            versions: {
                version: string;
                /** @description Path of its JSON Schema. */
                schema: string;
            }[];
            producers: {
                service: string;
                extension: string | null;
                source: string;
            }[];
            readers: {
                service: string;
                handler: string;
                kind: string;
                filter?: {
                    [key: string]: unknown;
                };
            }[];
            /** @description Why nobody reads it here, when that is meant. */
            unheard: string | null;
            /** @description Other services from whose bus it is taken, by source. */
            takenFrom: string[];
            /** @description Null for what is not stored. */
            counts: components["schemas"]["EventCounts"] | null;
        };
        /**
         * ExternalEvent
         * @description An event in our envelope, or as CloudEvents 1.0; GET /api/catalog/{type}/versions/{version}/schema is what it must fit.
         */
        ExternalEvent: {
            [key: string]: unknown;
        };
        /** Flow */
        Flow: {
            /**
             * Format: date-time
             * @description When it was looked at; an answer may be two seconds old, and what waits and lags was counted up to two seconds before.
             */
            at: string;
            /** @description Rates, times and shares are of the last so many seconds. */
            windowSeconds: number;
            /** @description Since when the log keeps events: what is said to be unused was not used since then. Null of an empty log. */
            since: string | null;
            /** @description What could not be asked, a sentence each. */
            missing: string[];
            nodes: components["schemas"]["FlowNode"][];
            edges: components["schemas"]["FlowEdge"][];
            signals: components["schemas"]["FlowSignal"][];
            handlers: components["schemas"]["FlowHandler"][];
        };
        /** FlowEdge */
        FlowEdge: {
            id: string;
            /** @description Id of a node. */
            from: string;
            to: string;
            /**
             * @description request: HTTP to this service. signal: told by one extension and heard by another. all: everything that is told. call: from the effects of an extension to the outside. bus: over a bus. dead: what could not be taken.
             * @enum {string}
             */
            kind: "request" | "signal" | "all" | "call" | "bus" | "dead";
            /** @description Types of events that take this way. */
            types: string[];
            perSecond: number | null;
            /** @description Time below which 95 of 100 ended, out of a histogram; what took more than 10 s counts as 10 s. Null when nothing ended. */
            p95Ms: number | null;
            /** @description Share of what ended that failed. Null when nothing ended. */
            errorShare: number | null;
            /** @description Whether anything of it stands in the log. Null where that cannot be said. */
            isUsed: boolean | null;
        };
        /** FlowHandler */
        FlowHandler: {
            /** @example inventory.reserve */
            handler: string;
            extension: string;
            kind: string;
            hears: string[];
            /** @description Of them, those that a filter of the map narrows. */
            filtered: string[];
            /** @description Hears all that it declares, and nothing of the flow follows from it. */
            watches: boolean;
            /** @description Runs that ended, over all processes. */
            perSecond: number;
            /** @description Time below which 95 of 100 ended, out of a histogram; what took more than 10 s counts as 10 s. Null when nothing ended. */
            p95Ms: number | null;
            /** @description Share of what ended that failed. Null when nothing ended. */
            errorShare: number | null;
            waiting: number;
            dead: number;
            oldestDueSeconds: number;
            /** @description When it ran last, up to half a minute too early: an event that a filter keeps from it is no run. Null when it never ran. */
            lastAt: string | null;
        };
        /** FlowNode */
        FlowNode: {
            /** @example extension:orders */
            id: string;
            /** @enum {string} */
            kind: "clients" | "provider" | "ingest" | "extension" | "log" | "bus" | "rule" | "queue" | "dead-letters" | "service" | "webhooks" | "mail";
            title: string;
            text: string;
            /**
             * @description quiet: nothing in the window. unused: nothing since the log keeps events. unknown: it cannot be asked from here.
             * @enum {string}
             */
            state: "ok" | "quiet" | "unused" | "warn" | "bad" | "unknown";
            /** @description A sentence where it does not stand well, is unused or unknown. */
            why: string | null;
            perSecond: number | null;
            /** @description What waits there: jobs of handlers, messages, deliveries. */
            depth: number | null;
            lagSeconds: number | null;
            /** @description What was given up or refused there. */
            dead: number | null;
            /** @description Handlers of an extension; endpoints of webhooks. */
            handlers: number | null;
        };
        /** FlowSignal */
        FlowSignal: {
            /** @example OrderCreated */
            signal: string;
            /** @example order.created */
            name: string;
            /** @enum {string} */
            visibility: "published" | "internal";
            /** @description Extensions that declare it. */
            from: string[];
            fromOutside: {
                source: string;
            }[];
            /** @description Handlers that the map connects. */
            heardBy: string[];
            /** @description Why nobody hears it, when that is meant. */
            unheard: string | null;
            /** @description A second, over the window. */
            perSecond: number;
            /** @description When it was told last; null when it was never told since the log keeps events. */
            lastAt: string | null;
        };
        /** MovedDeliveries */
        MovedDeliveries: {
            /** @description Deliveries that were moved already. */
            moved: number;
            /** @description False: the rest follows by itself. */
            isComplete: boolean;
        };
        /** NewOrder */
        NewOrder: {
            customerId: string;
            currency: string;
            lines: {
                sku: string;
                name?: string;
                quantity: number;
                /** @example 14.00 */
                unitPrice: string;
                /**
                 * @description Fraction of the line, "0" when left out.
                 * @example 0.15
                 */
                discount?: string;
            }[];
            /** @description Given by the service when left out. */
            orderNumber?: number;
            shipTo?: {
                name?: string | null;
                address?: string | null;
                city?: string | null;
                region?: string | null;
                postalCode?: string | null;
                country?: string | null;
            };
            /**
             * @description Part of the total; "0" when left out.
             * @example 32.38
             */
            freight?: string;
            /** @description How it is paid; the default of the service when left out, if it has one. */
            payment?: {
                method: {
                    /** @enum {string} */
                    type: "card";
                    /** @description Stands for the card at the payment provider. The number of a card is refused. */
                    token: string;
                    /**
                     * @description The payment provider that knows the card; the default of the service when left out.
                     * @example stripe
                     */
                    provider?: string;
                };
            };
            /** @description Kept and carried with the order, not interpreted. */
            metadata?: {
                [key: string]: unknown;
            };
        };
        /** Order */
        Order: {
            orderId: string;
            orderNumber: number;
            /** @enum {string} */
            status: "created" | "reserved" | "paid" | "fulfilling" | "fulfilled" | "shipped" | "completed" | "cancel_pending" | "refund_pending" | "cancelled" | "refunded" | "on_hold";
            /** @description 1 when it was placed, one more with every change of its status. */
            version: number;
            /** @description Why it ended, or is to end. */
            reason: {
                code: string;
                message?: string;
            } | null;
            customerId: string;
            /** @description The customer as the catalogue tells of it now; left out when it has told nothing. */
            customer?: {
                name: string | null;
                /** @enum {string} */
                status: "active" | "deactivated";
            };
            currency: string;
            lines: {
                lineId: string;
                sku: string;
                name?: string;
                quantity: number;
                /** @example 200.38 */
                unitPrice: string;
                discount: string;
                /** @example 200.38 */
                total: string;
                /** @description What became of the line; null before that is known. */
                outcome: {
                    provider: string;
                    /** @enum {string} */
                    status: "fulfilled" | "failed" | "cancelled" | "revoked";
                    reason?: {
                        code: string;
                        message?: string;
                    };
                    reference?: string;
                    tracking?: {
                        carrier: string;
                        trackingNumber: string;
                    };
                } | null;
            }[];
            /** @example 200.38 */
            freight: string;
            /** @example 200.38 */
            total: string;
            shipTo: {
                name?: string | null;
                address?: string | null;
                city?: string | null;
                region?: string | null;
                postalCode?: string | null;
                country?: string | null;
            } | null;
            metadata: {
                [key: string]: unknown;
            } | null;
            fulfillmentId: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        /** OrderAct */
        OrderAct: {
            reason: {
                /** @example customer_changed_mind */
                code: string;
                message?: string;
            };
        };
        /** OrderCare */
        OrderCare: {
            orderId: string;
            orderNumber: number;
            customerId: string;
            /** @description The customer as the catalogue tells of it now; left out when it has told nothing. */
            customer?: {
                name: string | null;
                /** @enum {string} */
                status: "active" | "deactivated";
            };
            /** @enum {string} */
            status: "created" | "reserved" | "paid" | "fulfilling" | "fulfilled" | "shipped" | "completed" | "cancel_pending" | "refund_pending" | "cancelled" | "refunded" | "on_hold";
            /**
             * Format: date-time
             * @description When it began to need care: the end of its promised time, or when something of it was given up. Oldest first.
             */
            since: string;
            /** @description How long it, or what is owed of it, is past its promised time; null while it is not. */
            pastPromiseMs: number | null;
            /** @description Since the order was placed. */
            ageMs: number;
            /** @description Since it came into its status. */
            inStatusMs: number;
            /** @enum {string} */
            cause: "given_up" | "failing" | "not_begun" | "too_early" | "untold";
            /** @description One sentence: what it waits for, the last error, the next attempt. */
            waitsFor: string;
            lastError: {
                handler: string;
                attempt: number;
                code: string;
                message: string;
                at: string | null;
            } | null;
            /** @description What happens by itself, and when. */
            nextStep: string;
            /** @description What a person may do now: POST /orders/{orderId}/{act}. */
            acts: ("retry" | "re-request" | "revoke" | "refund" | "cancel")[];
            /** @description False while it is within its promised time and nothing of it was given up; then since is when it came into its status. */
            needsCare: boolean;
        };
        /** OrderRefund */
        OrderRefund: {
            reason: {
                /** @example customer_changed_mind */
                code: string;
                message?: string;
            };
            /** @description The lines that are taken back; the whole order when left out. */
            lineIds?: string[];
        };
        /** OrderRevocation */
        OrderRevocation: {
            reason: {
                /** @example customer_changed_mind */
                code: string;
                message?: string;
            };
            /** @description The lines that are taken back; the whole order when left out. */
            lineIds?: string[];
        };
        /** OrderStatusReport */
        OrderStatusReport: {
            /** @description Of the message, the same when it is sent again. */
            id: string;
            /** @example order.shipped */
            event: string;
            /** Format: date-time */
            created: string;
            data: {
                orderId: string;
                orderNumber?: number;
                customerId?: string;
                status: string;
                /** Format: date-time */
                statusChangedAt?: string;
                total?: string;
                currency?: string;
                items?: {
                    [key: string]: unknown;
                }[];
                paymentInfo?: {
                    [key: string]: unknown;
                };
                metadata?: {
                    [key: string]: unknown;
                };
            };
        };
        /** OrdersNeedingCare */
        OrdersNeedingCare: {
            items: {
                orderId: string;
                orderNumber: number;
                customerId: string;
                /** @description The customer as the catalogue tells of it now; left out when it has told nothing. */
                customer?: {
                    name: string | null;
                    /** @enum {string} */
                    status: "active" | "deactivated";
                };
                /** @enum {string} */
                status: "created" | "reserved" | "paid" | "fulfilling" | "fulfilled" | "shipped" | "completed" | "cancel_pending" | "refund_pending" | "cancelled" | "refunded" | "on_hold";
                /**
                 * Format: date-time
                 * @description When it began to need care: the end of its promised time, or when something of it was given up. Oldest first.
                 */
                since: string;
                /** @description How long it, or what is owed of it, is past its promised time; null while it is not. */
                pastPromiseMs: number | null;
                /** @description Since the order was placed. */
                ageMs: number;
                /** @description Since it came into its status. */
                inStatusMs: number;
                /** @enum {string} */
                cause: "given_up" | "failing" | "not_begun" | "too_early" | "untold";
                /** @description One sentence: what it waits for, the last error, the next attempt. */
                waitsFor: string;
                lastError: {
                    handler: string;
                    attempt: number;
                    code: string;
                    message: string;
                    at: string | null;
                } | null;
                /** @description What happens by itself, and when. */
                nextStep: string;
                /** @description What a person may do now: POST /orders/{orderId}/{act}. */
                acts: ("retry" | "re-request" | "revoke" | "refund" | "cancel")[];
            }[];
            nextCursor: string | null;
        };
        /** OrdersNeedingCareCounts */
        OrdersNeedingCareCounts: {
            /** @description Orders that the list GET /orders/care?retrying=true has. */
            total: number;
            /** @description Of them, past their promised time. */
            pastPromise: number;
            /** @description Raised for a person: status on_hold. */
            onHold: number;
            /** @description Of which something was given up: a dead letter. */
            givenUp: number;
            causes: {
                given_up: number;
                failing: number;
                not_begun: number;
                too_early: number;
                untold: number;
            };
            /** @description On whom they wait; person for what was given up. */
            waitsOn: {
                person: number;
                inventory: number;
                payments: number;
                fulfillment: number;
                shipping: number;
                notifications: number;
                other: number;
            };
        };
        /** PlacedOrder */
        PlacedOrder: {
            orderId: string;
            orderNumber: number;
            customerId: string;
            /** @enum {string} */
            status: "created";
            currency: string;
            /** @example 200.38 */
            total: string;
            /** Format: date-time */
            createdAt: string;
        };
        /** @description A problem of RFC 9457: "code" says which, "type" is a page about it. */
        Problem: {
            type: string;
            title: string;
            status: number;
            detail?: string;
            instance: string;
            code: string;
            requestId: string;
            /** @description True when the same request may succeed later. */
            retryable: boolean;
            errors?: {
                path: string;
                message: string;
            }[];
        };
        /** ServiceCall */
        ServiceCall: {
            callId: string;
            /** @description The event that the handler ran for. */
            eventId: string;
            /** @example fulfillment.request */
            handler: string;
            attempt: number;
            /** @example order-fulfillment */
            service: string;
            method: string;
            path: string;
            /** @description Null when there was no answer. */
            status: number | null;
            error: string | null;
            tookMs: number;
            /** Format: date-time */
            calledAt: string;
            /** @description Those that hold no secret. */
            requestHeaders: {
                [key: string]: string;
            };
            /** @description JSON text with the fields that are kept; of the others … stands in it. At most some 4,000 characters. */
            requestBody: string | null;
            answerHeaders: {
                [key: string]: string;
            };
            /** @description JSON text with the fields that are kept; of the others … stands in it. At most some 4,000 characters. */
            answerBody: string | null;
        };
        /** ServiceCalls */
        ServiceCalls: {
            items: components["schemas"]["ServiceCall"][];
            nextCursor: string | null;
        };
        /** Shipment */
        Shipment: {
            orderId: string;
            fulfillmentId: string;
            /** @enum {string} */
            method: "none" | "parcel";
            parcels: {
                carrier: string;
                trackingNumber: string;
                lineIds: string[];
                deliveredAt: string | null;
            }[];
        };
        /** TakenEvents */
        TakenEvents: {
            items: {
                eventId: string;
                /**
                 * Format: uuid
                 * @description The id under which it is found in the history: its own, or, where that is no UUIDv7, one made of it and of the time of the event.
                 */
                storedAs: string;
                /**
                 * @description Taken now, or the same event was there already.
                 * @enum {string}
                 */
                result: "appended" | "duplicate";
            }[];
        };
        /** TakenReport */
        TakenReport: {
            /** @enum {string} */
            status: "accepted" | "duplicate";
            /** Format: uuid */
            eventId: string;
        };
        /** TestedWebhook */
        TestedWebhook: {
            delivered: boolean;
            /** Format: uuid */
            eventId: string;
            event: string;
            status: number | null;
            durationMs: number;
            answer: string | null;
            error: string | null;
        };
        /** Timeline */
        Timeline: {
            orderId: string;
            orderNumber: number;
            /** @enum {string} */
            status: "created" | "reserved" | "paid" | "fulfilling" | "fulfilled" | "shipped" | "completed" | "cancel_pending" | "refund_pending" | "cancelled" | "refunded" | "on_hold";
            items: {
                eventId: string;
                eventType: string;
                eventVersion: string;
                /**
                 * @description foreign: it came from another service.
                 * @enum {string}
                 */
                origin: "own" | "foreign";
                source: string;
                sequence: number | null;
                /** Format: date-time */
                timestamp: string;
                /** Format: date-time */
                recordedAt: string;
                /** @description From the first event of the order, by the clock of the database. */
                offsetMs: number;
                correlationId: string;
                /** @description The event that triggered this one; null when a request did. */
                causationId: string | null;
                data: unknown;
                /** @description Who appended it: a handler such as payments.charge, or command:, job:, timer: with a name; null for what came from outside or with the order itself. */
                handler: string | null;
                /** @description At which attempt of that handler; null where nothing is attempted. */
                attempt: number | null;
                /** @description In plain words: what happened, who did it at which attempt, because of what. */
                text: string;
                /** @description Who hears events of this type. */
                handlers: string[];
                /** @description Runs of them for this event that failed. */
                attempts: {
                    handler: string;
                    attempt: number;
                    error: {
                        code: string;
                        message: string;
                    };
                    /** Format: date-time */
                    failedAt: string;
                    /** @description When it was to run again; null when it was given up. */
                    retryAt: string | null;
                    offsetMs: number;
                    /** @description The same in plain words. */
                    text: string;
                }[];
                /** @description What of them did not act upon it, and why. */
                ignored: {
                    handler: string;
                    /** @description Why nothing was done, for example already_completed. */
                    rule: string;
                    evidence: {
                        [key: string]: unknown;
                    };
                    offsetMs: number;
                    /** @description The same in plain words. */
                    text: string;
                }[];
            }[];
            /** @description Notes that belong to no event, such as a timer that fell due too late. */
            ignored: {
                handler: string;
                /** @description Why nothing was done, for example already_completed. */
                rule: string;
                evidence: {
                    [key: string]: unknown;
                };
                offsetMs: number;
                /** @description The same in plain words. */
                text: string;
            }[];
            /** @description More events or notes exist than a timeline reads, 10,000 of each from the oldest: the newest are not shown. */
            isCut: boolean;
            /** @description For the next page; null on the last one. */
            nextCursor: string | null;
        };
        /** VerifiedWebhook */
        VerifiedWebhook: {
            /** @enum {boolean} */
            verified: true;
            messageId: string;
            event: string;
            /** @description Unix seconds, as they were signed. */
            timestamp: number;
            /** @description By the clock here; below zero when the clock of the sender is ahead. */
            ageSeconds: number;
            bodyBytes: number;
            /** @description Which of the secrets has signed: 1 is the newest. */
            secret: number;
            /**
             * @description What X-Webhook-Signature is, the hexadecimal HMAC-SHA256 of the body alone.
             * @enum {string}
             */
            bodySignature: "valid" | "wrong" | "absent";
        };
        /** Webhook */
        Webhook: {
            /** Format: uuid */
            webhookId: string;
            url: string;
            events: string[];
            filter: {
                [key: string]: unknown;
            } | null;
            retryAttempts: number;
            retryDelay: number;
            timeout: number;
            rateLimit: number | null;
            maxInFlight: number;
            ordered: boolean;
            /** @description Names of the headers that are sent along. */
            headerNames: string[];
            description: string | null;
            /** @description Client that registered it. */
            owner: string;
            /** @enum {string} */
            status: "enabled" | "disabled";
            disabledReason: string | null;
            disabledAt: string | null;
            /** @description What signs now, newest first; without the secrets themselves. */
            secrets: {
                /** @enum {string} */
                signing: "hmac" | "ed25519";
                /** Format: date-time */
                createdAt: string;
                /** @description Until when it signs along after it was changed; null for the present one. */
                expiresAt: string | null;
                /** @description whpk_ and base64, for ed25519. */
                publicKey: string | null;
            }[];
            delivered: number;
            failedAttempts: number;
            /** @description Deliveries that were given up. */
            exhausted: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        /** WebhookChange */
        WebhookChange: {
            /**
             * @description Where deliveries go: https, on the public internet.
             * @example https://api.external.com/webhooks/orders
             */
            url?: string;
            /**
             * @description Names of events, or wildcards.
             * @example [
             *       "order.created",
             *       "payment.*"
             *     ]
             */
            events?: string[];
            /**
             * @description An event pattern of EventBridge on the body that is sent; null: all.
             * @example {
             *       "data": {
             *         "currency": [
             *           "USD"
             *         ]
             *       }
             *     }
             */
            filter?: {
                [key: string]: unknown;
            } | null;
            /** @description All attempts of a delivery, the first included. */
            retryAttempts?: number;
            /** @description Milliseconds after the first failure; doubled with each further one, and varied by a fifth. */
            retryDelay?: number;
            /** @description Milliseconds for one attempt, from the connection to the end of the answer. */
            timeout?: number;
            /** @description Deliveries a second at most; null: as many as it takes. */
            rateLimit?: number | null;
            /** @description Deliveries at once at most. */
            maxInFlight?: number;
            /** @description True: of one order, one delivery at a time, in the order of its events. */
            ordered?: boolean;
            /** @description Sent along with each delivery. Their values are never shown again. */
            headers?: {
                [key: string]: string;
            };
            description?: string | null;
            /** @description Why, for the record of who changed what. */
            reason?: {
                /** @example customer_changed_mind */
                code: string;
                message?: string;
            };
        };
        /** WebhookDeliveriesAboutSubject */
        WebhookDeliveriesAboutSubject: {
            items: {
                /** Format: uuid */
                deliveryId: string;
                /** Format: uuid */
                webhookId: string;
                /**
                 * Format: uuid
                 * @description Of the event: the header webhook-id, and id in the body.
                 */
                eventId: string;
                event: string;
                /** @description What the event is about: for an order its id. */
                subject: string;
                /** @enum {string} */
                state: "ready" | "leased" | "held" | "delivered" | "dead" | "discarded";
                attempts: number;
                /** Format: date-time */
                createdAt: string;
                /** @description When it is sent next. */
                dueAt: string | null;
                endedAt: string | null;
                lastStatus: number | null;
                lastError: string | null;
                replayId: string | null;
                url: string;
                /** @description The latest ones, the oldest of them first. */
                attemptsMade: {
                    attempt: number;
                    /** Format: date-time */
                    startedAt: string;
                    durationMs: number;
                    status: number | null;
                    error: string | null;
                    /** @description Where it went, also when the webhook goes elsewhere by now; null for one that a dying process may have made. */
                    url: string | null;
                }[];
            }[];
            /** @description For the next page; null on the last one. */
            nextCursor: string | null;
        };
        /** WebhookDelivery */
        WebhookDelivery: {
            /** Format: uuid */
            deliveryId: string;
            /** Format: uuid */
            webhookId: string;
            /**
             * Format: uuid
             * @description Of the event: the header webhook-id, and id in the body.
             */
            eventId: string;
            event: string;
            /** @description What the event is about: for an order its id. */
            subject: string;
            /** @enum {string} */
            state: "ready" | "leased" | "held" | "delivered" | "dead" | "discarded";
            attempts: number;
            /** Format: date-time */
            createdAt: string;
            /** @description When it is sent next. */
            dueAt: string | null;
            endedAt: string | null;
            lastStatus: number | null;
            lastError: string | null;
            replayId: string | null;
        };
        /** WebhookFigures */
        WebhookFigures: {
            /** Format: uuid */
            webhookId: string;
            /** @description Attempts of the last 200 deliveries. */
            attempts: number;
            /** @description Of these, answered with 2xx. */
            delivered: number;
            p50Ms: number | null;
            p95Ms: number | null;
            lastAttemptAt: string | null;
            waiting: number;
            held: number;
            /** @description None of them is counted beyond 10000. */
            givenUp: number;
            /** @description When the next delivery is due. */
            nextDueAt: string | null;
        };
        /** WebhookRegistration */
        WebhookRegistration: {
            /**
             * @description Where deliveries go: https, on the public internet.
             * @example https://api.external.com/webhooks/orders
             */
            url: string;
            /**
             * @description Names of events, or wildcards.
             * @example [
             *       "order.created",
             *       "payment.*"
             *     ]
             */
            events: string[];
            /**
             * @description An event pattern of EventBridge on the body that is sent; null: all.
             * @example {
             *       "data": {
             *         "currency": [
             *           "USD"
             *         ]
             *       }
             *     }
             */
            filter?: {
                [key: string]: unknown;
            } | null;
            /** @description All attempts of a delivery, the first included. */
            retryAttempts?: number;
            /** @description Milliseconds after the first failure; doubled with each further one, and varied by a fifth. */
            retryDelay?: number;
            /** @description Milliseconds for one attempt, from the connection to the end of the answer. */
            timeout?: number;
            /** @description Deliveries a second at most; null: as many as it takes. */
            rateLimit?: number | null;
            /** @description Deliveries at once at most. */
            maxInFlight?: number;
            /** @description True: of one order, one delivery at a time, in the order of its events. */
            ordered?: boolean;
            /** @description Sent along with each delivery. Their values are never shown again. */
            headers?: {
                [key: string]: string;
            };
            description?: string | null;
            /** @description Why, for the record of who changed what. */
            reason?: {
                /** @example customer_changed_mind */
                code: string;
                message?: string;
            };
            /** @description Signs the deliveries. Left out, one is made, and shown in this answer alone. */
            secret?: string;
            /**
             * @description ed25519: signed with a key of which the receiver has the public half only. Its secret is always made here.
             * @default hmac
             * @enum {string}
             */
            signing: "hmac" | "ed25519";
        };
        /** WebhookStatistics */
        WebhookStatistics: {
            registeredWebhooks: number;
            deliveredWebhooks: number;
            /** @description Deliveries that are given up after their last attempt. */
            failedWebhooks: number;
            /** @description Being sent, waiting for their time, or held. */
            queuedWebhooks: number;
        };
        /** WebhookTestMessage */
        WebhookTestMessage: {
            /** @description Of the message, the same when it is sent again. */
            id: string;
            /** @example order.shipped */
            event: string;
            /** Format: date-time */
            created: string;
            data: {
                [key: string]: unknown;
            };
        };
        /** WebhookWithSecret */
        WebhookWithSecret: {
            /** Format: uuid */
            webhookId: string;
            url: string;
            events: string[];
            filter: {
                [key: string]: unknown;
            } | null;
            retryAttempts: number;
            retryDelay: number;
            timeout: number;
            rateLimit: number | null;
            maxInFlight: number;
            ordered: boolean;
            /** @description Names of the headers that are sent along. */
            headerNames: string[];
            description: string | null;
            /** @description Client that registered it. */
            owner: string;
            /** @enum {string} */
            status: "enabled" | "disabled";
            disabledReason: string | null;
            disabledAt: string | null;
            /** @description What signs now, newest first; without the secrets themselves. */
            secrets: {
                /** @enum {string} */
                signing: "hmac" | "ed25519";
                /** Format: date-time */
                createdAt: string;
                /** @description Until when it signs along after it was changed; null for the present one. */
                expiresAt: string | null;
                /** @description whpk_ and base64, for ed25519. */
                publicKey: string | null;
            }[];
            delivered: number;
            failedAttempts: number;
            /** @description Deliveries that were given up. */
            exhausted: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description Shown here alone, when it was made here; null otherwise. */
            secret: string | null;
        };
        /** WholeWebhookDelivery */
        WholeWebhookDelivery: {
            /** Format: uuid */
            deliveryId: string;
            /** Format: uuid */
            webhookId: string;
            /**
             * Format: uuid
             * @description Of the event: the header webhook-id, and id in the body.
             */
            eventId: string;
            event: string;
            /** @description What the event is about: for an order its id. */
            subject: string;
            /** @enum {string} */
            state: "ready" | "leased" | "held" | "delivered" | "dead" | "discarded";
            attempts: number;
            /** Format: date-time */
            createdAt: string;
            /** @description When it is sent next. */
            dueAt: string | null;
            endedAt: string | null;
            lastStatus: number | null;
            lastError: string | null;
            replayId: string | null;
            request: {
                /** @enum {string} */
                method: "POST";
                url: string;
                /** @description Those that are the same at each attempt. Time and signatures are made anew for each. */
                headers: {
                    [key: string]: string;
                };
                /** @description The exact body; null when it is no longer kept. */
                body: string | null;
            };
            attemptsMade: {
                attempt: number;
                /** Format: date-time */
                startedAt: string;
                durationMs: number;
                status: number | null;
                /** @description The beginning of what was answered, as it came. */
                answer: string | null;
                error: string | null;
                /** @description Where it went, also when the webhook goes elsewhere by now; null for one that a dying process may have made. */
                url: string | null;
            }[];
        };
        /** WorkerStatusReport */
        WorkerStatusReport: {
            /** @description Of the message, the same when it is sent again. */
            id: string;
            /** @example order.shipped */
            event: string;
            /** Format: date-time */
            created: string;
            data: {
                workerId: string;
                queueName: string;
                jobId: string;
                jobType: string;
                /** @enum {string} */
                status: "started" | "completed" | "failed";
                processingTime?: number;
                error?: string;
            };
        };
    };
    responses: {
        /** @description OK */
        Answer200: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** Format: uuid */
                    replayId: string;
                    target: {
                        /**
                         * @description One handler, as the map of signals has it.
                         * @example orders.confirm
                         */
                        handler: string;
                    } | {
                        /**
                         * @description All transactional handlers of an extension that the map connects to the event.
                         * @example orders
                         */
                        extension: string;
                    } | {
                        /**
                         * Format: uuid
                         * @description One webhook endpoint.
                         */
                        endpoint: string;
                    } | {
                        /**
                         * @description The bus, once more; consumers know the events by their ids.
                         * @enum {boolean}
                         */
                        bus: true;
                    } | {
                        /**
                         * @description Rows that are built anew from the whole log, and put in the place of the live ones.
                         * @example orders
                         */
                        projection: string;
                    };
                    selection: {
                        /** @description OrderCreated, ORDER_CREATED or order.created. */
                        types?: string[];
                        /** @description What the events are about. */
                        orderId?: string;
                        /** Format: uuid */
                        correlationId?: string;
                        /**
                         * Format: date-time
                         * @description Recorded then or later.
                         */
                        from?: string;
                        /**
                         * Format: date-time
                         * @description Recorded before.
                         */
                        to?: string;
                        /** @description An EventBridge event pattern as JSON text, as the history takes it. */
                        filter?: string;
                    };
                    /** @enum {string} */
                    mode: "dry" | "run";
                    /**
                     * @description suppressed: nothing outside of the database is done, not by what follows either; it is told what would have been.
                     * @enum {string}
                     */
                    effects: "suppressed" | "allowed";
                    accept: boolean;
                    /** @description The dry run that it carries out, over the same events. */
                    dryRunId: string | null;
                    rate: number | null;
                    /** @enum {string} */
                    state: "waiting" | "running" | "stopped" | "done" | "failed";
                    requestedBy: {
                        subject: string;
                        clientId: string;
                    };
                    reason: string;
                    /** @description By the place in the log; null before it has started. */
                    progress: number | null;
                    /** @description Events that were looked at. */
                    scanned: number;
                    /** @description Of these, the ones that are meant. */
                    matched: number;
                    /** @description Decisions that apply. */
                    applied: number;
                    /** @description Decisions that say nothing new, or what was there already. */
                    ignored: number;
                    /** @description Their time has not come, an earlier one of the subject has failed, or nobody hears them. Of a rebuild: rows of which the log tells nothing; they go along. */
                    skipped: number;
                    failed: number;
                    /** @description New events. */
                    appended: number;
                    /** @description Effects, deliveries and messages on the bus that were made, or would be. */
                    outside: number;
                    /** @description Rows that change; beyond the 10,000 that are kept, one that changes twice counts twice. */
                    changed: number;
                    /** @description Of a rebuild: the table that was live before, until somebody drops it, or for seven days. */
                    kept: string | null;
                    error: string | null;
                    /** Format: date-time */
                    createdAt: string;
                    startedAt: string | null;
                    endedAt: string | null;
                };
            };
        };
        /** @description Accepted */
        Answer202: {
            headers: {
                Location: components["headers"]["Location"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** Format: uuid */
                    replayId: string;
                    target: {
                        /**
                         * @description One handler, as the map of signals has it.
                         * @example orders.confirm
                         */
                        handler: string;
                    } | {
                        /**
                         * @description All transactional handlers of an extension that the map connects to the event.
                         * @example orders
                         */
                        extension: string;
                    } | {
                        /**
                         * Format: uuid
                         * @description One webhook endpoint.
                         */
                        endpoint: string;
                    } | {
                        /**
                         * @description The bus, once more; consumers know the events by their ids.
                         * @enum {boolean}
                         */
                        bus: true;
                    } | {
                        /**
                         * @description Rows that are built anew from the whole log, and put in the place of the live ones.
                         * @example orders
                         */
                        projection: string;
                    };
                    selection: {
                        /** @description OrderCreated, ORDER_CREATED or order.created. */
                        types?: string[];
                        /** @description What the events are about. */
                        orderId?: string;
                        /** Format: uuid */
                        correlationId?: string;
                        /**
                         * Format: date-time
                         * @description Recorded then or later.
                         */
                        from?: string;
                        /**
                         * Format: date-time
                         * @description Recorded before.
                         */
                        to?: string;
                        /** @description An EventBridge event pattern as JSON text, as the history takes it. */
                        filter?: string;
                    };
                    /** @enum {string} */
                    mode: "dry" | "run";
                    /**
                     * @description suppressed: nothing outside of the database is done, not by what follows either; it is told what would have been.
                     * @enum {string}
                     */
                    effects: "suppressed" | "allowed";
                    accept: boolean;
                    /** @description The dry run that it carries out, over the same events. */
                    dryRunId: string | null;
                    rate: number | null;
                    /** @enum {string} */
                    state: "waiting" | "running" | "stopped" | "done" | "failed";
                    requestedBy: {
                        subject: string;
                        clientId: string;
                    };
                    reason: string;
                    /** @description By the place in the log; null before it has started. */
                    progress: number | null;
                    /** @description Events that were looked at. */
                    scanned: number;
                    /** @description Of these, the ones that are meant. */
                    matched: number;
                    /** @description Decisions that apply. */
                    applied: number;
                    /** @description Decisions that say nothing new, or what was there already. */
                    ignored: number;
                    /** @description Their time has not come, an earlier one of the subject has failed, or nobody hears them. Of a rebuild: rows of which the log tells nothing; they go along. */
                    skipped: number;
                    failed: number;
                    /** @description New events. */
                    appended: number;
                    /** @description Effects, deliveries and messages on the bus that were made, or would be. */
                    outside: number;
                    /** @description Rows that change; beyond the 10,000 that are kept, one that changes twice counts twice. */
                    changed: number;
                    /** @description Of a rebuild: the table that was live before, until somebody drops it, or for seven days. */
                    kept: string | null;
                    error: string | null;
                    /** Format: date-time */
                    createdAt: string;
                    startedAt: string | null;
                    endedAt: string | null;
                };
            };
        };
        /** @description body_too_large: The body is too large. */
        BodyTooLarge: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "body_too_large";
                };
            };
        };
        /**
         * @description body_too_large: The body is too large.
         *     order_too_large: The order is too large to be published.
         */
        BodyTooLargeOrOrderTooLarge: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "body_too_large" | "order_too_large";
                };
            };
        };
        /**
         * @description cart_checked_out: The cart has become an order.
         *     cart_checkout_under_way: The cart is being checked out.
         */
        CartCheckedOutOrCartCheckoutUnderWay: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "cart_checked_out" | "cart_checkout_under_way";
                };
            };
        };
        /** @description cart_full: The cart cannot take more. */
        CartFull: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "cart_full";
                };
            };
        };
        /**
         * @description dependency_unavailable: Something that this service needs cannot be reached.
         *     timed_out: The service did not finish in time.
         */
        DependencyUnavailableOrTimedOut: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "dependency_unavailable" | "timed_out";
                };
            };
        };
        /**
         * @description dependency_unavailable: Something that this service needs cannot be reached.
         *     timed_out: The service did not finish in time.
         *     replays_unavailable: Replays cannot be had now.
         */
        DependencyUnavailableOrTimedOutOrReplaysUnavailable: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "dependency_unavailable" | "timed_out" | "replays_unavailable";
                };
            };
        };
        /** @description headers_too_large: The headers are too large. */
        HeadersTooLarge: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "headers_too_large";
                };
            };
        };
        /** @description idempotency_key_reused: This Idempotency-Key was used for another request. */
        IdempotencyKeyReused: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "idempotency_key_reused";
                };
            };
        };
        /** @description insufficient_scope: The token does not carry the required scope. */
        InsufficientScope: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "insufficient_scope";
                };
            };
        };
        /** @description internal_error: Something went wrong on our side. */
        InternalError: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "internal_error";
                };
            };
        };
        /** @description malformed_request: The request cannot be read. */
        MalformedRequest: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "malformed_request";
                };
            };
        };
        /**
         * @description malformed_request: The request cannot be read.
         *     validation_failed: The request does not have the expected form.
         */
        MalformedRequestOrValidationFailed: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "malformed_request" | "validation_failed";
                };
            };
        };
        /**
         * @description malformed_request: The request cannot be read.
         *     validation_failed: The request does not have the expected form.
         *     invalid_cursor: The cursor cannot be used here.
         */
        MalformedRequestOrValidationFailedOrInvalidCursor: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "malformed_request" | "validation_failed" | "invalid_cursor";
                };
            };
        };
        /**
         * @description malformed_request: The request cannot be read.
         *     validation_failed: The request does not have the expected form.
         *     malformed_json: The body is not acceptable JSON.
         */
        MalformedRequestOrValidationFailedOrMalformedJson: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "malformed_request" | "validation_failed" | "malformed_json";
                };
            };
        };
        /**
         * @description malformed_request: The request cannot be read.
         *     validation_failed: The request does not have the expected form.
         *     malformed_json: The body is not acceptable JSON.
         *     idempotency_key_required: The header Idempotency-Key is required.
         *     idempotency_key_invalid: The header Idempotency-Key cannot be used.
         */
        MalformedRequestOrValidationFailedOrMalformedJsonOrIdempotencyKeyRequiredOrIdempotencyKeyInvalid: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "malformed_request" | "validation_failed" | "malformed_json" | "idempotency_key_required" | "idempotency_key_invalid";
                };
            };
        };
        /**
         * @description malformed_request: The request cannot be read.
         *     validation_failed: The request does not have the expected form.
         *     malformed_json: The body is not acceptable JSON.
         *     version_invalid: The header If-Match cannot be used.
         */
        MalformedRequestOrValidationFailedOrMalformedJsonOrVersionInvalid: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "malformed_request" | "validation_failed" | "malformed_json" | "version_invalid";
                };
            };
        };
        /**
         * @description malformed_request: The request cannot be read.
         *     validation_failed: The request does not have the expected form.
         *     malformed_json: The body is not acceptable JSON.
         *     webhook_malformed: The webhook is not in the form that was agreed.
         */
        MalformedRequestOrValidationFailedOrMalformedJsonOrWebhookMalformed: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "malformed_request" | "validation_failed" | "malformed_json" | "webhook_malformed";
                };
            };
        };
        /**
         * @description malformed_request: The request cannot be read.
         *     validation_failed: The request does not have the expected form.
         *     malformed_json: The body is not acceptable JSON.
         *     webhook_report_malformed: The message cannot be read.
         */
        MalformedRequestOrValidationFailedOrMalformedJsonOrWebhookReportMalformed: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "malformed_request" | "validation_failed" | "malformed_json" | "webhook_report_malformed";
                };
            };
        };
        /**
         * @description not_found: There is nothing here.
         *     cart_not_found: There is no such cart.
         */
        NotFoundOrCartNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "not_found" | "cart_not_found";
                };
            };
        };
        /**
         * @description not_found: There is nothing here.
         *     cart_not_found: There is no such cart.
         *     cart_item_not_found: The cart has no such product.
         */
        NotFoundOrCartNotFoundOrCartItemNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "not_found" | "cart_not_found" | "cart_item_not_found";
                };
            };
        };
        /**
         * @description not_found: There is nothing here.
         *     customer_not_found: Nothing is known of this customer.
         */
        NotFoundOrCustomerNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "not_found" | "customer_not_found";
                };
            };
        };
        /**
         * @description not_found: There is nothing here.
         *     dead_letter_run_not_found: There is no such run.
         */
        NotFoundOrDeadLetterRunNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "not_found" | "dead_letter_run_not_found";
                };
            };
        };
        /**
         * @description not_found: There is nothing here.
         *     event_replay_not_found: There is no such replay.
         */
        NotFoundOrEventReplayNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "not_found" | "event_replay_not_found";
                };
            };
        };
        /**
         * @description not_found: There is nothing here.
         *     event_type_not_found: There is no such type of event.
         */
        NotFoundOrEventTypeNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "not_found" | "event_type_not_found";
                };
            };
        };
        /**
         * @description not_found: There is nothing here.
         *     order_not_found: There is no such order.
         */
        NotFoundOrOrderNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "not_found" | "order_not_found";
                };
            };
        };
        /**
         * @description not_found: There is nothing here.
         *     payment_order_unknown: There is no such order.
         */
        NotFoundOrPaymentOrderUnknown: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "not_found" | "payment_order_unknown";
                };
            };
        };
        /**
         * @description not_found: There is nothing here.
         *     product_not_found: There is no such product.
         */
        NotFoundOrProductNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "not_found" | "product_not_found";
                };
            };
        };
        /**
         * @description not_found: There is nothing here.
         *     replay_not_found: There is no such replay of this archive.
         */
        NotFoundOrReplayNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "not_found" | "replay_not_found";
                };
            };
        };
        /**
         * @description not_found: There is nothing here.
         *     user_not_found: There is no such user.
         */
        NotFoundOrUserNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "not_found" | "user_not_found";
                };
            };
        };
        /**
         * @description not_found: There is nothing here.
         *     webhook_not_found: There is no such webhook.
         */
        NotFoundOrWebhookNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "not_found" | "webhook_not_found";
                };
            };
        };
        /**
         * @description not_found: There is nothing here.
         *     webhook_not_found: There is no such webhook.
         *     webhook_delivery_not_found: The webhook has no such delivery.
         */
        NotFoundOrWebhookNotFoundOrWebhookDeliveryNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "not_found" | "webhook_not_found" | "webhook_delivery_not_found";
                };
            };
        };
        /** @description Accepted */
        Order202: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Order"];
            };
        };
        /** @description order_line_unknown: The order has no such line. */
        OrderLineUnknown: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "order_line_unknown";
                };
            };
        };
        /** @description overloaded: The service has all the work it can take. */
        Overloaded: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "overloaded";
                };
            };
        };
        /** @description payment_order_unknown: There is no such order. */
        PaymentOrderUnknown: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "payment_order_unknown";
                };
            };
        };
        /** @description payment_transition_illegal: The payment or dispute cannot become what the webhook says. */
        PaymentTransitionIllegal: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "payment_transition_illegal";
                };
            };
        };
        /** @description product_currency_not_supported: Products cannot be sold in this currency. */
        ProductCurrencyNotSupported: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "product_currency_not_supported";
                };
            };
        };
        /**
         * @description replay_state_wrong: The replay is not in the state for this.
         *     replay_under_way: A rebuild of this projection is under way.
         */
        ReplayStateWrongOrReplayUnderWay: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "replay_state_wrong" | "replay_under_way";
                };
            };
        };
        /** @description replay_target_unknown: The target of the replay is not known here. */
        ReplayTargetUnknown: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "replay_target_unknown";
                };
            };
        };
        /** @description request_timeout: The request did not arrive in time. */
        RequestTimeout: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "request_timeout";
                };
            };
        };
        /** @description OK */
        Shipment200: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Shipment"];
            };
        };
        /** @description stock_out_of_range: A stock cannot become what the adjustment makes of it. */
        StockOutOfRange: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "stock_out_of_range";
                };
            };
        };
        /** @description OK */
        TakenReport200: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["TakenReport"];
            };
        };
        /** @description Accepted */
        TakenReport202: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["TakenReport"];
            };
        };
        /** @description unauthenticated: A valid access token is required. */
        Unauthenticated: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "unauthenticated";
                };
            };
        };
        /** @description unsupported_media_type: The body must be JSON. */
        UnsupportedMediaType: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "unsupported_media_type";
                };
            };
        };
        /** @description update_duplicate: This update was taken before. */
        UpdateDuplicate: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "update_duplicate";
                };
            };
        };
        /** @description update_order_unknown: There is no such order yet. */
        UpdateOrderUnknown: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "update_order_unknown";
                };
            };
        };
        /** @description update_status_invalid: The payment or dispute cannot become what the update says. */
        UpdateStatusInvalid: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "update_status_invalid";
                };
            };
        };
        /** @description updates_too_slow: The webhook could not be handed on in time. */
        UpdatesTooSlow: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "updates_too_slow";
                };
            };
        };
        /** @description updates_unavailable: The webhook could not be handed on. */
        UpdatesUnavailable: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "updates_unavailable";
                };
            };
        };
        /** @description verification_running: The log is being verified already. */
        VerificationRunning: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "verification_running";
                };
            };
        };
        /** @description version_differs: It has been changed since you read it. */
        VersionDiffers: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "version_differs";
                };
            };
        };
        /** @description version_required: The header If-Match is required. */
        VersionRequired: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "version_required";
                };
            };
        };
        /** @description OK */
        Webhook200: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Webhook"];
            };
        };
        /**
         * @description webhook_report_reused: The id of this message was used for another one.
         *     webhook_report_too_old: The message is too old to be taken.
         *     webhook_loop: This report tells of a report.
         */
        WebhookReportReusedOrWebhookReportTooOldOrWebhookLoop: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "webhook_report_reused" | "webhook_report_too_old" | "webhook_loop";
                };
            };
        };
        /** @description webhook_signature_invalid: The webhook is not signed as agreed. */
        WebhookSignatureInvalid: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "webhook_signature_invalid";
                };
            };
        };
        /** @description webhook_signature_refused: The signature does not fit. */
        WebhookSignatureRefused: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "webhook_signature_refused";
                };
            };
        };
    };
    parameters: {
        /** @description New for each request, such as a UUID; the same key with the same body gets the first answer again. */
        "Idempotency-Key": string;
        /** @description The ETag of the state that is to be changed, or * for whatever is there. */
        "If-Match": string;
        /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
        "X-Causation-Id": string;
        /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
        "X-Correlation-Id": string;
        /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
        "X-Session-Id": string;
        cartId: string;
        cursor: string;
        customerId: string;
        deliveryId: string;
        /** @description Only what was recorded then or later. */
        from: string;
        id: string;
        /** @description Items on a page at most. */
        limit: number;
        name: string;
        orderId: string;
        provider: string;
        /** @description Why, for the record: such as the request of the customer that it follows. */
        reason: string;
        replayId: string;
        runId: string;
        sku: string;
        status: "created" | "reserved" | "paid" | "fulfilling" | "fulfilled" | "shipped" | "completed" | "cancel_pending" | "refund_pending" | "cancelled" | "refunded" | "on_hold";
        /** @description Only what was recorded before. */
        to: string;
        topic: "user-events" | "catalog-events" | "inventory-events" | "order-events" | "payment-events" | "shipping-events" | "notification-events" | "audit-events" | "fulfillment-events";
        /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
        traceparent: string;
        /** @description OrderCreated, ORDER_CREATED or order.created. */
        type: string;
        userId: string;
        /** @description Of the message, the same when it is sent again. */
        "webhook-id": string;
        /** @description v1, and the base64 of HMAC-SHA256 over {webhook-id}.{webhook-timestamp}.{raw body}; several are separated by a space. */
        "webhook-signature": string;
        /** @description Unix seconds, not more than five minutes from now. */
        "webhook-timestamp": string;
        /** @description How finely it is counted: kept for two hours (10s), two days (1m), ninety days (1h). */
        window: "10s" | "1m" | "1h";
    };
    requestBodies: never;
    headers: {
        /** @description The version, for If-Match. */
        ETag: string;
        /** @description Only there when this is the first answer again. */
        "Idempotency-Replayed": "true";
        /** @description Path of what was made. */
        Location: string;
        /** @description Seconds to wait before the same request is sent again. */
        "Retry-After": number;
        /** @description What is wrong with the token, or which scope it lacks. */
        "WWW-Authenticate": string;
        /** @description The one that was sent, or the one that was made. */
        "X-Correlation-Id": string;
        /** @description Names this request in the log of the service. */
        "X-Request-Id": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readMetrics: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listReplays: {
        parameters: {
            query?: {
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            /** Format: uuid */
                            replayId: string;
                            target: {
                                /**
                                 * @description One handler, as the map of signals has it.
                                 * @example orders.confirm
                                 */
                                handler: string;
                            } | {
                                /**
                                 * @description All transactional handlers of an extension that the map connects to the event.
                                 * @example orders
                                 */
                                extension: string;
                            } | {
                                /**
                                 * Format: uuid
                                 * @description One webhook endpoint.
                                 */
                                endpoint: string;
                            } | {
                                /**
                                 * @description The bus, once more; consumers know the events by their ids.
                                 * @enum {boolean}
                                 */
                                bus: true;
                            } | {
                                /**
                                 * @description Rows that are built anew from the whole log, and put in the place of the live ones.
                                 * @example orders
                                 */
                                projection: string;
                            };
                            selection: {
                                /** @description OrderCreated, ORDER_CREATED or order.created. */
                                types?: string[];
                                /** @description What the events are about. */
                                orderId?: string;
                                /** Format: uuid */
                                correlationId?: string;
                                /**
                                 * Format: date-time
                                 * @description Recorded then or later.
                                 */
                                from?: string;
                                /**
                                 * Format: date-time
                                 * @description Recorded before.
                                 */
                                to?: string;
                                /** @description An EventBridge event pattern as JSON text, as the history takes it. */
                                filter?: string;
                            };
                            /** @enum {string} */
                            mode: "dry" | "run";
                            /**
                             * @description suppressed: nothing outside of the database is done, not by what follows either; it is told what would have been.
                             * @enum {string}
                             */
                            effects: "suppressed" | "allowed";
                            accept: boolean;
                            /** @description The dry run that it carries out, over the same events. */
                            dryRunId: string | null;
                            rate: number | null;
                            /** @enum {string} */
                            state: "waiting" | "running" | "stopped" | "done" | "failed";
                            requestedBy: {
                                subject: string;
                                clientId: string;
                            };
                            reason: string;
                            /** @description By the place in the log; null before it has started. */
                            progress: number | null;
                            /** @description Events that were looked at. */
                            scanned: number;
                            /** @description Of these, the ones that are meant. */
                            matched: number;
                            /** @description Decisions that apply. */
                            applied: number;
                            /** @description Decisions that say nothing new, or what was there already. */
                            ignored: number;
                            /** @description Their time has not come, an earlier one of the subject has failed, or nobody hears them. Of a rebuild: rows of which the log tells nothing; they go along. */
                            skipped: number;
                            failed: number;
                            /** @description New events. */
                            appended: number;
                            /** @description Effects, deliveries and messages on the bus that were made, or would be. */
                            outside: number;
                            /** @description Rows that change; beyond the 10,000 that are kept, one that changes twice counts twice. */
                            changed: number;
                            /** @description Of a rebuild: the table that was live before, until somebody drops it, or for seven days. */
                            kept: string | null;
                            error: string | null;
                            /** Format: date-time */
                            createdAt: string;
                            startedAt: string | null;
                            endedAt: string | null;
                        }[];
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    startReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    target: {
                        /**
                         * @description One handler, as the map of signals has it.
                         * @example orders.confirm
                         */
                        handler: string;
                    } | {
                        /**
                         * @description All transactional handlers of an extension that the map connects to the event.
                         * @example orders
                         */
                        extension: string;
                    } | {
                        /**
                         * Format: uuid
                         * @description One webhook endpoint.
                         */
                        endpoint: string;
                    } | {
                        /**
                         * @description The bus, once more; consumers know the events by their ids.
                         * @enum {boolean}
                         */
                        bus: true;
                    } | {
                        /**
                         * @description Rows that are built anew from the whole log, and put in the place of the live ones.
                         * @example orders
                         */
                        projection: string;
                    };
                    /** @default {} */
                    selection?: {
                        /**
                         * @description Every event; nothing else stands beside it.
                         * @enum {boolean}
                         */
                        all?: true;
                        /** @description OrderCreated, ORDER_CREATED or order.created. */
                        types?: string[];
                        /** @description What the events are about. */
                        orderId?: string;
                        /** Format: uuid */
                        correlationId?: string;
                        /**
                         * Format: date-time
                         * @description Recorded then or later.
                         */
                        from?: string;
                        /**
                         * Format: date-time
                         * @description Recorded before.
                         */
                        to?: string;
                        /** @description An EventBridge event pattern as JSON text, as the history takes it. */
                        filter?: string;
                    };
                    /**
                     * @description dry: decides, tells what would change, and changes nothing.
                     * @default dry
                     * @enum {string}
                     */
                    mode?: "dry" | "run";
                    /**
                     * @description suppressed: nothing outside of the database is done, not by what follows either; it is told what would have been.
                     * @default suppressed
                     * @enum {string}
                     */
                    effects?: "suppressed" | "allowed";
                    /** @description Events in a second at most; without it as many as the live readers leave room for. */
                    rate?: number;
                    /**
                     * @description Of a rebuild: swap although rows differ.
                     * @default false
                     */
                    accept?: boolean;
                    reason: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            202: components["responses"]["Answer202"];
            /**
             * @description malformed_request: The request cannot be read.
             *     validation_failed: The request does not have the expected form.
             *     malformed_json: The body is not acceptable JSON.
             *     invalid_event_filter: The filter is no event pattern.
             */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "malformed_request" | "validation_failed" | "malformed_json" | "invalid_event_filter";
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            /** @description replay_under_way: A rebuild of this projection is under way. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "replay_under_way";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description replay_target_unknown: The target of the replay is not known here.
             *     replay_target_needs_endpoint: Webhooks are replayed to one endpoint.
             *     replay_selection_unclear: The selection does not say what is meant.
             *     replay_filter_personal: The filter asks for personal data.
             */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "replay_target_unknown" | "replay_target_needs_endpoint" | "replay_selection_unclear" | "replay_filter_personal";
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listReplayTargets: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        handlers: {
                            handler: string;
                            /** @description What the map of signals connects to it. */
                            types: string[];
                        }[];
                        extensions: string[];
                        /** @description Can be built anew. */
                        projections: string[];
                    };
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                replayId: components["parameters"]["replayId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Answer200"];
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrEventReplayNotFound"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listReplayDifferences: {
        parameters: {
            query?: {
                kind?: "row" | "event" | "effect" | "waiting" | "fault";
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                replayId: components["parameters"]["replayId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            /**
                             * @description row: of an extension. event: appended. effect: run outside, or held back. waiting: for an effect that was held back. fault: a decision that failed.
                             * @enum {string}
                             */
                            kind: "row" | "event" | "effect" | "waiting" | "fault";
                            /** @description Of the extension, the type of the event, the handler. */
                            name: string;
                            subject: string;
                            /** @description The event of the log that it comes of. */
                            eventId: string | null;
                            before: unknown;
                            after: unknown;
                        }[];
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrEventReplayNotFound"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    runReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                replayId: components["parameters"]["replayId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description suppressed: nothing outside of the database is done, not by what follows either; it is told what would have been.
                     * @default suppressed
                     * @enum {string}
                     */
                    effects?: "suppressed" | "allowed";
                    rate?: number;
                    /** @default false */
                    accept?: boolean;
                    reason: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            202: components["responses"]["Answer202"];
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrEventReplayNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["ReplayStateWrongOrReplayUnderWay"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["ReplayTargetUnknown"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    stopReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                replayId: components["parameters"]["replayId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    reason: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uuid */
                        replayId: string;
                        target: {
                            /**
                             * @description One handler, as the map of signals has it.
                             * @example orders.confirm
                             */
                            handler: string;
                        } | {
                            /**
                             * @description All transactional handlers of an extension that the map connects to the event.
                             * @example orders
                             */
                            extension: string;
                        } | {
                            /**
                             * Format: uuid
                             * @description One webhook endpoint.
                             */
                            endpoint: string;
                        } | {
                            /**
                             * @description The bus, once more; consumers know the events by their ids.
                             * @enum {boolean}
                             */
                            bus: true;
                        } | {
                            /**
                             * @description Rows that are built anew from the whole log, and put in the place of the live ones.
                             * @example orders
                             */
                            projection: string;
                        };
                        selection: {
                            /** @description OrderCreated, ORDER_CREATED or order.created. */
                            types?: string[];
                            /** @description What the events are about. */
                            orderId?: string;
                            /** Format: uuid */
                            correlationId?: string;
                            /**
                             * Format: date-time
                             * @description Recorded then or later.
                             */
                            from?: string;
                            /**
                             * Format: date-time
                             * @description Recorded before.
                             */
                            to?: string;
                            /** @description An EventBridge event pattern as JSON text, as the history takes it. */
                            filter?: string;
                        };
                        /** @enum {string} */
                        mode: "dry" | "run";
                        /**
                         * @description suppressed: nothing outside of the database is done, not by what follows either; it is told what would have been.
                         * @enum {string}
                         */
                        effects: "suppressed" | "allowed";
                        accept: boolean;
                        /** @description The dry run that it carries out, over the same events. */
                        dryRunId: string | null;
                        rate: number | null;
                        /** @enum {string} */
                        state: "waiting" | "running" | "stopped" | "done" | "failed";
                        requestedBy: {
                            subject: string;
                            clientId: string;
                        };
                        reason: string;
                        /** @description By the place in the log; null before it has started. */
                        progress: number | null;
                        /** @description Events that were looked at. */
                        scanned: number;
                        /** @description Of these, the ones that are meant. */
                        matched: number;
                        /** @description Decisions that apply. */
                        applied: number;
                        /** @description Decisions that say nothing new, or what was there already. */
                        ignored: number;
                        /** @description Their time has not come, an earlier one of the subject has failed, or nobody hears them. Of a rebuild: rows of which the log tells nothing; they go along. */
                        skipped: number;
                        failed: number;
                        /** @description New events. */
                        appended: number;
                        /** @description Effects, deliveries and messages on the bus that were made, or would be. */
                        outside: number;
                        /** @description Rows that change; beyond the 10,000 that are kept, one that changes twice counts twice. */
                        changed: number;
                        /** @description Of a rebuild: the table that was live before, until somebody drops it, or for seven days. */
                        kept: string | null;
                        error: string | null;
                        /** Format: date-time */
                        createdAt: string;
                        startedAt: string | null;
                        endedAt: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrEventReplayNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["ReplayStateWrongOrReplayUnderWay"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["ReplayTargetUnknown"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    resumeReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                replayId: components["parameters"]["replayId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    reason: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uuid */
                        replayId: string;
                        target: {
                            /**
                             * @description One handler, as the map of signals has it.
                             * @example orders.confirm
                             */
                            handler: string;
                        } | {
                            /**
                             * @description All transactional handlers of an extension that the map connects to the event.
                             * @example orders
                             */
                            extension: string;
                        } | {
                            /**
                             * Format: uuid
                             * @description One webhook endpoint.
                             */
                            endpoint: string;
                        } | {
                            /**
                             * @description The bus, once more; consumers know the events by their ids.
                             * @enum {boolean}
                             */
                            bus: true;
                        } | {
                            /**
                             * @description Rows that are built anew from the whole log, and put in the place of the live ones.
                             * @example orders
                             */
                            projection: string;
                        };
                        selection: {
                            /** @description OrderCreated, ORDER_CREATED or order.created. */
                            types?: string[];
                            /** @description What the events are about. */
                            orderId?: string;
                            /** Format: uuid */
                            correlationId?: string;
                            /**
                             * Format: date-time
                             * @description Recorded then or later.
                             */
                            from?: string;
                            /**
                             * Format: date-time
                             * @description Recorded before.
                             */
                            to?: string;
                            /** @description An EventBridge event pattern as JSON text, as the history takes it. */
                            filter?: string;
                        };
                        /** @enum {string} */
                        mode: "dry" | "run";
                        /**
                         * @description suppressed: nothing outside of the database is done, not by what follows either; it is told what would have been.
                         * @enum {string}
                         */
                        effects: "suppressed" | "allowed";
                        accept: boolean;
                        /** @description The dry run that it carries out, over the same events. */
                        dryRunId: string | null;
                        rate: number | null;
                        /** @enum {string} */
                        state: "waiting" | "running" | "stopped" | "done" | "failed";
                        requestedBy: {
                            subject: string;
                            clientId: string;
                        };
                        reason: string;
                        /** @description By the place in the log; null before it has started. */
                        progress: number | null;
                        /** @description Events that were looked at. */
                        scanned: number;
                        /** @description Of these, the ones that are meant. */
                        matched: number;
                        /** @description Decisions that apply. */
                        applied: number;
                        /** @description Decisions that say nothing new, or what was there already. */
                        ignored: number;
                        /** @description Their time has not come, an earlier one of the subject has failed, or nobody hears them. Of a rebuild: rows of which the log tells nothing; they go along. */
                        skipped: number;
                        failed: number;
                        /** @description New events. */
                        appended: number;
                        /** @description Effects, deliveries and messages on the bus that were made, or would be. */
                        outside: number;
                        /** @description Rows that change; beyond the 10,000 that are kept, one that changes twice counts twice. */
                        changed: number;
                        /** @description Of a rebuild: the table that was live before, until somebody drops it, or for seven days. */
                        kept: string | null;
                        error: string | null;
                        /** Format: date-time */
                        createdAt: string;
                        startedAt: string | null;
                        endedAt: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrEventReplayNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["ReplayStateWrongOrReplayUnderWay"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["ReplayTargetUnknown"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    dropKeptTable: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                replayId: components["parameters"]["replayId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    reason: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            200: components["responses"]["Answer200"];
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrEventReplayNotFound"];
            408: components["responses"]["RequestTimeout"];
            /** @description replay_state_wrong: The replay is not in the state for this. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "replay_state_wrong";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    tellOfPayment: {
        parameters: {
            query?: never;
            header: {
                /** @description Of the message, the same when it is sent again. */
                "webhook-id": components["parameters"]["webhook-id"];
                /** @description Unix seconds, not more than five minutes from now. */
                "webhook-timestamp": components["parameters"]["webhook-timestamp"];
                /** @description v1, and the base64 of HMAC-SHA256 over {webhook-id}.{webhook-timestamp}.{raw body}; several are separated by a space. */
                "webhook-signature": components["parameters"]["webhook-signature"];
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Of the provider, the same when it tells again. */
                    provider_event_id: string;
                    /** @enum {string} */
                    provider: "standard";
                    order_id: string;
                    currency: string;
                    /** Format: date-time */
                    occurred_at: string;
                    /** @description The provider's own count of what it tells of this payment or dispute; goes before the time. */
                    sequence?: number;
                    reason?: {
                        code: string;
                        message?: string;
                    };
                    /** @description authorised, captured, succeeded, failed, refunded, partially_refunded, refund_failed; any other one is recorded and has no effect. */
                    status: string;
                    /** @description The provider's id of the charge. */
                    payment_id?: string;
                    /** @description Of a refund: the key under which it was asked for. */
                    refund_id?: string;
                    /** @description Decimal string: of the charge, or of this refund. */
                    amount: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description accepted: taken; duplicate: taken before; stale: something newer was known; ignored: of a type that means nothing here, recorded.
                         * @enum {string}
                         */
                        status: "accepted" | "duplicate" | "stale" | "ignored";
                    };
                };
            };
            /** @description Accepted */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description accepted: taken; duplicate: taken before; stale: something newer was known; ignored: of a type that means nothing here, recorded.
                         * @enum {string}
                         */
                        status: "accepted" | "duplicate" | "stale" | "ignored";
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJsonOrWebhookMalformed"];
            401: components["responses"]["WebhookSignatureInvalid"];
            404: components["responses"]["PaymentOrderUnknown"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["PaymentTransitionIllegal"];
            429: components["responses"]["Overloaded"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["UpdatesUnavailable"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
            504: components["responses"]["UpdatesTooSlow"];
        };
    };
    tellOfPaymentAs: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                provider: components["parameters"]["provider"];
            };
            cookie?: never;
        };
        /** @description As the provider words it. */
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description accepted: taken; duplicate: taken before; stale: something newer was known; ignored: of a type that means nothing here, recorded.
                         * @enum {string}
                         */
                        status: "accepted" | "duplicate" | "stale" | "ignored";
                    };
                };
            };
            /** @description Accepted */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description accepted: taken; duplicate: taken before; stale: something newer was known; ignored: of a type that means nothing here, recorded.
                         * @enum {string}
                         */
                        status: "accepted" | "duplicate" | "stale" | "ignored";
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJsonOrWebhookMalformed"];
            401: components["responses"]["WebhookSignatureInvalid"];
            404: components["responses"]["NotFoundOrPaymentOrderUnknown"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["PaymentTransitionIllegal"];
            429: components["responses"]["Overloaded"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["UpdatesUnavailable"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
            504: components["responses"]["UpdatesTooSlow"];
        };
    };
    tellOfDispute: {
        parameters: {
            query?: never;
            header: {
                /** @description Of the message, the same when it is sent again. */
                "webhook-id": components["parameters"]["webhook-id"];
                /** @description Unix seconds, not more than five minutes from now. */
                "webhook-timestamp": components["parameters"]["webhook-timestamp"];
                /** @description v1, and the base64 of HMAC-SHA256 over {webhook-id}.{webhook-timestamp}.{raw body}; several are separated by a space. */
                "webhook-signature": components["parameters"]["webhook-signature"];
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Of the provider, the same when it tells again. */
                    provider_event_id: string;
                    /** @enum {string} */
                    provider: "standard";
                    order_id: string;
                    currency: string;
                    /** Format: date-time */
                    occurred_at: string;
                    /** @description The provider's own count of what it tells of this payment or dispute; goes before the time. */
                    sequence?: number;
                    reason?: {
                        code: string;
                        message?: string;
                    };
                    dispute_id: string;
                    /** @description opened, under_review, won, lost; any other one is recorded and has no effect. */
                    status: string;
                    /** @description Decimal string: what is disputed. */
                    amount: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description accepted: taken; duplicate: taken before; stale: something newer was known; ignored: of a type that means nothing here, recorded.
                         * @enum {string}
                         */
                        status: "accepted" | "duplicate" | "stale" | "ignored";
                    };
                };
            };
            /** @description Accepted */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description accepted: taken; duplicate: taken before; stale: something newer was known; ignored: of a type that means nothing here, recorded.
                         * @enum {string}
                         */
                        status: "accepted" | "duplicate" | "stale" | "ignored";
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJsonOrWebhookMalformed"];
            401: components["responses"]["WebhookSignatureInvalid"];
            404: components["responses"]["PaymentOrderUnknown"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["PaymentTransitionIllegal"];
            429: components["responses"]["Overloaded"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["UpdatesUnavailable"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
            504: components["responses"]["UpdatesTooSlow"];
        };
    };
    tellOfDisputeAs: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                provider: components["parameters"]["provider"];
            };
            cookie?: never;
        };
        /** @description As the provider words it. */
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description accepted: taken; duplicate: taken before; stale: something newer was known; ignored: of a type that means nothing here, recorded.
                         * @enum {string}
                         */
                        status: "accepted" | "duplicate" | "stale" | "ignored";
                    };
                };
            };
            /** @description Accepted */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description accepted: taken; duplicate: taken before; stale: something newer was known; ignored: of a type that means nothing here, recorded.
                         * @enum {string}
                         */
                        status: "accepted" | "duplicate" | "stale" | "ignored";
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJsonOrWebhookMalformed"];
            401: components["responses"]["WebhookSignatureInvalid"];
            404: components["responses"]["NotFoundOrPaymentOrderUnknown"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["PaymentTransitionIllegal"];
            429: components["responses"]["Overloaded"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["UpdatesUnavailable"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
            504: components["responses"]["UpdatesTooSlow"];
        };
    };
    updateOrder: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    provider: string;
                    providerEventId: string;
                    amount: string;
                    currency: string;
                    /** Format: date-time */
                    occurredAt: string;
                    sequence?: number;
                    reason?: {
                        code: string;
                        message?: string;
                    };
                    orderId: string;
                    /** @enum {string} */
                    status: "authorised" | "captured" | "attempt_failed" | "failed" | "refunded" | "partially_refunded" | "refund_failed";
                    reference?: string;
                    refundId?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        verdict: "applied" | "stale" | "duplicate" | "unknown_order" | "invalid_status";
                        detail?: string;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["UpdateOrderUnknown"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["UpdateDuplicate"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UpdateStatusInvalid"];
            429: components["responses"]["Overloaded"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    updateDispute: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    provider: string;
                    providerEventId: string;
                    amount: string;
                    currency: string;
                    /** Format: date-time */
                    occurredAt: string;
                    sequence?: number;
                    reason?: {
                        code: string;
                        message?: string;
                    };
                    orderId?: string;
                    disputeId: string;
                    /** @enum {string} */
                    status: "opened" | "under_review" | "won" | "lost";
                    reference?: string;
                } | unknown | unknown;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        verdict: "applied" | "stale" | "duplicate" | "unknown_order" | "invalid_status";
                        detail?: string;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["UpdateOrderUnknown"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["UpdateDuplicate"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UpdateStatusInvalid"];
            429: components["responses"]["Overloaded"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readEventStatistics: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Of the whole service: events that were ever appended to its log. */
                        totalEvents: number;
                        /**
                         * @description Of the whole service: handlers that the map connects to each type, and what listens on the live buses of all processes.
                         * @example {
                         *       "order.created": 3
                         *     }
                         */
                        subscriptionsByType: {
                            [key: string]: number;
                        };
                        /** @description Of the whole service: the last 10 events of its log that the caller may see, the newest at the end. */
                        recentEvents: {
                            name: string;
                            eventId: string;
                            eventType: string;
                            eventVersion: string;
                            /** Format: date-time */
                            timestamp: string;
                            source: string;
                            correlationId: string;
                            /** @description The event that triggered it; null when a request did. */
                            causationId: string | null;
                            topic: string;
                            /** @description What it is about: the order id for the whole flow of an order. */
                            subject: string;
                            /** @enum {string} */
                            origin: "own" | "foreign";
                            /**
                             * Format: date-time
                             * @description When it came into this log, by the clock of the database.
                             */
                            recordedAt: string;
                            /** @description Who appended it; null for a request and for what came from outside. */
                            handler: string | null;
                            /** @description At which attempt of that handler. */
                            attempt: number | null;
                            data: unknown;
                            metadata: {
                                [key: string]: unknown;
                            };
                        }[];
                        /** @description Of them, what the map connects. */
                        handlersByType: {
                            [key: string]: number;
                        };
                        /** @description Of them, what listens on the live buses of all processes. */
                        liveSubscriptionsByType: {
                            [key: string]: number;
                        };
                        /** @description Every process that has told of itself within 10 s. An event that several of them see is counted by each. */
                        processes: {
                            workerId: string;
                            roles: string[];
                            /** @description How old what it told is. */
                            ageMs: number;
                            active: boolean;
                            totalEvents: number;
                            subscribers: number;
                        }[];
                        thisProcess: {
                            workerId: string;
                            /** @description That its live bus was given since its start. */
                            totalEvents: number;
                            subscribers: number;
                            /** @description By name (order.created) or wildcard (order.*). */
                            subscriptionsByType: {
                                [key: string]: number;
                            };
                            dropped: number;
                            failed: number;
                            timedOut: number;
                        };
                    };
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readEventMetrics: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Events appended to the log by whatever process, over the last 60 s. */
                        eventsPerSecond: number;
                        /** @description Of a run of a handler in the last 60 s, in ms, over all processes; of a handler in the database the time of its batch. */
                        averageProcessingTime: number;
                        /** @description Share of the webhook deliveries that ended in the last 60 s and were delivered, from 0 to 1; 1 when none ended. */
                        webhookDeliveryRate: number;
                        /** @description Share of the runs of handlers in the last 60 s that failed, from 0 to 1, over all processes. */
                        errorRate: number;
                        /** @description Jobs, parked events and webhook deliveries that wait now. What was given up is not among them. */
                        queueDepth: number;
                        window: {
                            seconds: number;
                            events: number;
                            runs: number;
                            failedRuns: number;
                            webhooksDelivered: number;
                            webhooksGivenUp: number;
                            /** @description Processes that have told of their runs. */
                            processes: number;
                        };
                    };
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    emitTestEvent: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description Any name of a type of the catalogue, or of a job: job.completed.
                     * @default order.created
                     */
                    name?: string;
                    /** @description Data of this type in its current version; its example when left out. */
                    data?: {
                        [key: string]: unknown;
                    };
                };
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        event: {
                            eventId: string;
                            eventType: string;
                            eventVersion: string;
                            timestamp: string;
                            source: string;
                            correlationId: string;
                            causationId: string | null;
                            data: {
                                [key: string]: unknown;
                            };
                            metadata: {
                                [key: string]: unknown;
                            };
                            name: string;
                        };
                        thisProcess: {
                            /** @description Who listens on the live bus of the process that answers, to whatever; each stream of events is one. */
                            subscribers: number;
                        };
                    };
                };
            };
            /**
             * @description malformed_request: The request cannot be read.
             *     validation_failed: The request does not have the expected form.
             *     malformed_json: The body is not acceptable JSON.
             *     unknown_event_name: No event has this name.
             */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "malformed_request" | "validation_failed" | "malformed_json" | "unknown_event_name";
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /** @description test_event_invalid: The data is not that of this event. */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "test_event_invalid";
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    streamEvents: {
        parameters: {
            query?: {
                /** @description Only these: order.created, OrderCreated, order.*, up to 50 with commas between them. */
                events?: string;
                /** @description An EventBridge event pattern as JSON text; it judges each event as history lists it. */
                filter?: string;
                /** @description The id that came last, for a client that cannot send Last-Event-ID, such as an EventSource that is made anew. Where both are given, Last-Event-ID counts. */
                after?: string;
            };
            header?: {
                /** @description The id that came last: the stream goes on behind it. Without it the stream begins with what is committed from now on. */
                "Last-Event-ID"?: string;
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": {
                        id?: string;
                        /** @enum {string} */
                        event?: "notice";
                        data: string;
                    };
                };
            };
            /**
             * @description malformed_request: The request cannot be read.
             *     validation_failed: The request does not have the expected form.
             *     unknown_event_name: No event has this name.
             *     invalid_event_filter: The filter is no event pattern.
             *     invalid_cursor: The cursor cannot be used here.
             */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "malformed_request" | "validation_failed" | "unknown_event_name" | "invalid_event_filter" | "invalid_cursor";
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            /** @description too_many_streams: Too many streams are open. */
            429: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "too_many_streams";
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    searchEventHistory: {
        parameters: {
            query?: {
                /** @description Only these types: OrderCreated, ORDER_CREATED or order.created, up to 50 with commas between them. */
                type?: string;
                topic?: components["parameters"]["topic"];
                /** @description Only of this subject, such as an order id. */
                subject?: string;
                correlationId?: string;
                /** @description Only what was recorded then or later. */
                from?: components["parameters"]["from"];
                /** @description Only what was recorded before. */
                to?: components["parameters"]["to"];
                /** @description An EventBridge event pattern as JSON text; it judges each event as it is listed. */
                filter?: string;
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            eventId: string;
                            eventType: string;
                            eventVersion: string;
                            /** Format: date-time */
                            timestamp: string;
                            source: string;
                            correlationId: string;
                            /** @description The event that triggered it; null when a request did. */
                            causationId: string | null;
                            topic: string;
                            /** @description What it is about: the order id for the whole flow of an order. */
                            subject: string;
                            /** @enum {string} */
                            origin: "own" | "foreign";
                            /**
                             * Format: date-time
                             * @description When it came into this log, by the clock of the database.
                             */
                            recordedAt: string;
                            /** @description Who appended it; null for a request and for what came from outside. */
                            handler: string | null;
                            /** @description At which attempt of that handler. */
                            attempt: number | null;
                            data: unknown;
                            metadata: {
                                [key: string]: unknown;
                            };
                        }[];
                        /** @description Goes on with older events, also when this page is short or empty: the search has looked at as many events as one request may. Null at the end. */
                        nextCursor: string | null;
                        /** @description Events that were looked at for this page. */
                        scanned: number;
                        /** @description On the first page: newer events are stored and not listed yet, because a transaction is open that may still write earlier ones. */
                        pending: boolean;
                    };
                    "application/cloudevents-batch+json": components["schemas"]["CloudEvent"][];
                };
            };
            /**
             * @description malformed_request: The request cannot be read.
             *     validation_failed: The request does not have the expected form.
             *     invalid_event_filter: The filter is no event pattern.
             *     invalid_cursor: The cursor cannot be used here.
             */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "malformed_request" | "validation_failed" | "invalid_event_filter" | "invalid_cursor";
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readEvent: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                eventId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        event: {
                            eventId: string;
                            eventType: string;
                            eventVersion: string;
                            /** Format: date-time */
                            timestamp: string;
                            source: string;
                            correlationId: string;
                            /** @description The event that triggered it; null when a request did. */
                            causationId: string | null;
                            topic: string;
                            /** @description What it is about: the order id for the whole flow of an order. */
                            subject: string;
                            /** @enum {string} */
                            origin: "own" | "foreign";
                            /**
                             * Format: date-time
                             * @description When it came into this log, by the clock of the database.
                             */
                            recordedAt: string;
                            /** @description Who appended it; null for a request and for what came from outside. */
                            handler: string | null;
                            /** @description At which attempt of that handler. */
                            attempt: number | null;
                            data: unknown;
                            metadata: {
                                [key: string]: unknown;
                            };
                            /** @description Who hears it now. */
                            handlers: string[];
                            /** @description Attempts that failed, what was ignored, and what is open. */
                            runs: {
                                handler: string;
                                /**
                                 * @description failed: an attempt that failed. ignored: by which rule. ready: runs at retryAt. waiting: for a change of its subject. behind: held by a dead one. dead: given up.
                                 * @enum {string}
                                 */
                                state: "failed" | "ignored" | "ready" | "waiting" | "behind" | "dead";
                                attempt: number | null;
                                at: string | null;
                                retryAt: string | null;
                                error: {
                                    code: string;
                                    message: string;
                                } | null;
                                rule: string | null;
                            }[];
                        };
                        /** @description What led to it, the first cause first. */
                        causes: {
                            eventId: string;
                            eventType: string;
                            eventVersion: string;
                            /** Format: date-time */
                            timestamp: string;
                            source: string;
                            correlationId: string;
                            /** @description The event that triggered it; null when a request did. */
                            causationId: string | null;
                            topic: string;
                            /** @description What it is about: the order id for the whole flow of an order. */
                            subject: string;
                            /** @enum {string} */
                            origin: "own" | "foreign";
                            /**
                             * Format: date-time
                             * @description When it came into this log, by the clock of the database.
                             */
                            recordedAt: string;
                            /** @description Who appended it; null for a request and for what came from outside. */
                            handler: string | null;
                            /** @description At which attempt of that handler. */
                            attempt: number | null;
                            /** @description Who hears it now. */
                            handlers: string[];
                            /** @description Attempts that failed, what was ignored, and what is open. */
                            runs: {
                                handler: string;
                                /**
                                 * @description failed: an attempt that failed. ignored: by which rule. ready: runs at retryAt. waiting: for a change of its subject. behind: held by a dead one. dead: given up.
                                 * @enum {string}
                                 */
                                state: "failed" | "ignored" | "ready" | "waiting" | "behind" | "dead";
                                attempt: number | null;
                                at: string | null;
                                retryAt: string | null;
                                error: {
                                    code: string;
                                    message: string;
                                } | null;
                                rule: string | null;
                            }[];
                        }[];
                        /** @description A cause that this log does not have. */
                        missingCause: string | null;
                        /** @description What came of it under its correlation id, as a tree read from its top: an event stands below what caused it, one deeper. */
                        following: {
                            /** @description 1: caused by the event itself. */
                            depth: number;
                            eventId: string;
                            eventType: string;
                            eventVersion: string;
                            /** Format: date-time */
                            timestamp: string;
                            source: string;
                            correlationId: string;
                            /** @description The event that triggered it; null when a request did. */
                            causationId: string | null;
                            topic: string;
                            /** @description What it is about: the order id for the whole flow of an order. */
                            subject: string;
                            /** @enum {string} */
                            origin: "own" | "foreign";
                            /**
                             * Format: date-time
                             * @description When it came into this log, by the clock of the database.
                             */
                            recordedAt: string;
                            /** @description Who appended it; null for a request and for what came from outside. */
                            handler: string | null;
                            /** @description At which attempt of that handler. */
                            attempt: number | null;
                            /** @description Who hears it now. */
                            handlers: string[];
                            /** @description Attempts that failed, what was ignored, and what is open. */
                            runs: {
                                handler: string;
                                /**
                                 * @description failed: an attempt that failed. ignored: by which rule. ready: runs at retryAt. waiting: for a change of its subject. behind: held by a dead one. dead: given up.
                                 * @enum {string}
                                 */
                                state: "failed" | "ignored" | "ready" | "waiting" | "behind" | "dead";
                                attempt: number | null;
                                at: string | null;
                                retryAt: string | null;
                                error: {
                                    code: string;
                                    message: string;
                                } | null;
                                rule: string | null;
                            }[];
                        }[];
                        /** @description More led to it or came of it than is shown. */
                        isCut: boolean;
                    };
                    "application/cloudevents+json": components["schemas"]["CloudEvent"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            /**
             * @description not_found: There is nothing here.
             *     event_not_found: There is no such event.
             */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "event_not_found";
                    };
                };
            };
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    searchAudit: {
        parameters: {
            query?: {
                /** @description Only acts of this person: the subject of the token. */
                who?: string;
                /** @description Only acts by this client. */
                client?: string;
                /** @description Only this act, or all that begin so: dead-letters.redrive, dead-letters.* */
                what?: string;
                /** @description Only acts about this: the id of an order, a product, a client, or whatever else was changed. */
                subject?: string;
                /** @description Only what was recorded then or later. */
                from?: components["parameters"]["from"];
                /** @description Only what was recorded before. */
                to?: components["parameters"]["to"];
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            eventId: string;
                            /** @example dead-letters.redrive */
                            act: string;
                            /** @description Id of what was changed. */
                            about: string;
                            by: {
                                subject: string;
                                clientId: string;
                            };
                            why: string;
                            details?: {
                                [key: string]: unknown;
                            };
                            /** Format: date-time */
                            recordedAt: string;
                            /** @description The request by which it was done. */
                            correlationId: string;
                        }[];
                        /** @description Of the next page; null at the end. A page may have fewer items than asked for, or none, and yet a next one. */
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listServiceCalls: {
        parameters: {
            query: {
                /** @description What they were about: an order id. */
                subject: string;
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceCalls"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    verifyLog: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": {
                        /** @enum {string} */
                        event: "progress" | "finding" | "verified";
                        data: string;
                    };
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["VerificationRunning"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    verifyLogByHeads: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Signed heads of this log that were kept elsewhere than in its database, in any order. */
                    heads: {
                        /**
                         * @description Whose log.
                         * @example order-fulfillment
                         */
                        log: string;
                        seal: number;
                        /** @description Events up to this seal. */
                        total: number;
                        upTo: {
                            epoch: number;
                            txid: number;
                            position: number;
                        };
                        chain: string;
                        /** Format: date-time */
                        at: string;
                        keyId: string;
                        /** @description Ed25519, base64. */
                        signature: string;
                    }[];
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": {
                        /** @enum {string} */
                        event: "progress" | "finding" | "verified";
                        data: string;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["VerificationRunning"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /** @description heads_of_another_log: These are heads of another log. */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "heads_of_another_log";
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listDashboardSessions: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DashboardSessions"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    endDashboardSessions: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EndOfSessions"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndedSessions"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readFlow: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Flow"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listEventTypes: {
        parameters: {
            query?: {
                topic?: components["parameters"]["topic"];
                /** @description Words that names or description must have, in any case. */
                text?: string;
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["EventType"][];
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readEventType: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                /** @description OrderCreated, ORDER_CREATED or order.created. */
                type: components["parameters"]["type"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventType"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrEventTypeNotFound"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readEventExample: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                /** @description OrderCreated, ORDER_CREATED or order.created. */
                type: components["parameters"]["type"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventEnvelope"];
                    "application/cloudevents+json": components["schemas"]["CloudEvent"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrEventTypeNotFound"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readEventSchema: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                /** @description OrderCreated, ORDER_CREATED or order.created. */
                type: components["parameters"]["type"];
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/schema+json": {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            /**
             * @description not_found: There is nothing here.
             *     event_type_not_found: There is no such type of event.
             *     event_version_not_found: This type of event has no such version.
             */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "event_type_not_found" | "event_version_not_found";
                    };
                };
            };
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    tellEvents: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    events: components["schemas"]["ExternalEvent"][];
                } | components["schemas"]["ExternalEvent"][] | components["schemas"]["ExternalEvent"];
                "application/cloudevents+json": {
                    events: components["schemas"]["ExternalEvent"][];
                } | components["schemas"]["ExternalEvent"][] | components["schemas"]["ExternalEvent"];
                "application/cloudevents-batch+json": {
                    events: components["schemas"]["ExternalEvent"][];
                } | components["schemas"]["ExternalEvent"][] | components["schemas"]["ExternalEvent"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TakenEvents"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            /**
             * @description insufficient_scope: The token does not carry the required scope.
             *     event_source_not_yours: A client speaks in its own name only.
             */
            403: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "insufficient_scope" | "event_source_not_yours";
                    };
                };
            };
            408: components["responses"]["RequestTimeout"];
            /** @description event_conflict: An event with this id and another content is there. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "event_conflict";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description event_not_external: Events of this type are not taken from outside.
             *     event_invalid: An event does not fit the catalogue.
             *     event_not_taken: An event cannot be stored.
             *     customer_id_personal: The id of a customer must not be an e-mail address.
             */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "event_not_external" | "event_invalid" | "event_not_taken" | "customer_id_personal";
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listArchiveReplays: {
        parameters: {
            query?: {
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            name: string;
                            /** @enum {string} */
                            state: "STARTING" | "RUNNING" | "CANCELLING" | "COMPLETED" | "CANCELLED" | "FAILED";
                            /** @description Why it is in this state, where EventBridge says so. */
                            reason: string | null;
                            /** Format: date-time */
                            from: string;
                            /** Format: date-time */
                            to: string;
                            startedAt: string | null;
                            endedAt: string | null;
                            /** @description Time of the last event that was sent. */
                            lastEventAt: string | null;
                            /** @description How far EventBridge is, by the time of the last event. */
                            progress: number;
                            /** @description What came of it here: events that had been missing, that were here already and changed nothing, and that were refused. */
                            arrived: {
                                applied: number;
                                duplicates: number;
                                refused: number;
                                lastAt: string | null;
                            };
                        }[];
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOutOrReplaysUnavailable"];
        };
    };
    startArchiveReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: date-time
                     * @description Time of the first event to be replayed.
                     */
                    from: string;
                    /**
                     * Format: date-time
                     * @description Time of the last one; now when left out. An archive may take ten minutes to have an event.
                     */
                    to?: string;
                    /**
                     * @description Used once; one is made when it is left out. The name of the bus is put in front.
                     * @example after-the-outage
                     */
                    name?: string;
                    reason: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        /** @enum {string} */
                        state: "STARTING" | "RUNNING" | "CANCELLING" | "COMPLETED" | "CANCELLED" | "FAILED";
                        /** @description Why it is in this state, where EventBridge says so. */
                        reason: string | null;
                        /** Format: date-time */
                        from: string;
                        /** Format: date-time */
                        to: string;
                        startedAt: string | null;
                        endedAt: string | null;
                        /** @description Time of the last event that was sent. */
                        lastEventAt: string | null;
                        /** @description How far EventBridge is, by the time of the last event. */
                        progress: number;
                        /** @description What came of it here: events that had been missing, that were here already and changed nothing, and that were refused. */
                        arrived: {
                            applied: number;
                            duplicates: number;
                            refused: number;
                            lastAt: string | null;
                        };
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            /**
             * @description replay_name_taken: A replay has this name.
             *     replays_too_many: EventBridge runs as many replays as it allows.
             */
            409: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "replay_name_taken" | "replays_too_many";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description replay_empty_window: The window of the replay is empty.
             *     replay_outside_window: The replay would start before the window in which repetitions are recognised.
             */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "replay_empty_window" | "replay_outside_window";
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOutOrReplaysUnavailable"];
        };
    };
    readArchiveReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        /** @enum {string} */
                        state: "STARTING" | "RUNNING" | "CANCELLING" | "COMPLETED" | "CANCELLED" | "FAILED";
                        /** @description Why it is in this state, where EventBridge says so. */
                        reason: string | null;
                        /** Format: date-time */
                        from: string;
                        /** Format: date-time */
                        to: string;
                        startedAt: string | null;
                        endedAt: string | null;
                        /** @description Time of the last event that was sent. */
                        lastEventAt: string | null;
                        /** @description How far EventBridge is, by the time of the last event. */
                        progress: number;
                        /** @description What came of it here: events that had been missing, that were here already and changed nothing, and that were refused. */
                        arrived: {
                            applied: number;
                            duplicates: number;
                            refused: number;
                            lastAt: string | null;
                        };
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrReplayNotFound"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOutOrReplaysUnavailable"];
        };
    };
    stopArchiveReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    reason: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        /** @enum {string} */
                        state: "STARTING" | "RUNNING" | "CANCELLING" | "COMPLETED" | "CANCELLED" | "FAILED";
                        /** @description Why it is in this state, where EventBridge says so. */
                        reason: string | null;
                        /** Format: date-time */
                        from: string;
                        /** Format: date-time */
                        to: string;
                        startedAt: string | null;
                        endedAt: string | null;
                        /** @description Time of the last event that was sent. */
                        lastEventAt: string | null;
                        /** @description How far EventBridge is, by the time of the last event. */
                        progress: number;
                        /** @description What came of it here: events that had been missing, that were here already and changed nothing, and that were refused. */
                        arrived: {
                            applied: number;
                            duplicates: number;
                            refused: number;
                            lastAt: string | null;
                        };
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrReplayNotFound"];
            408: components["responses"]["RequestTimeout"];
            /** @description replay_ended: The replay has ended. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "replay_ended";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOutOrReplaysUnavailable"];
        };
    };
    listDeadLetters: {
        parameters: {
            query?: {
                /** @description queue: a message that the consumer did not take; rule-target: an event that EventBridge could not bring to where it belongs; work: a handler gave up; publish: an own event that the bus refused. */
                kind?: "work" | "publish" | "rule-target" | "queue";
                /** @description Why: the reason of the consumer, AWS’s code, or the code of the error. */
                reason?: string;
                /** @description Type of the event. */
                type?: string;
                /** @description Which handler gave up; only of work. */
                handler?: string;
                /** @description In which queue it lies; only of messages. */
                queue?: "undelivered" | "uncopied" | "undecrypted" | "replica-undecrypted" | "dead" | "order-updates" | "dispute-updates" | "fulfillment-events";
                /** @description Dead before this time. */
                before?: string;
                /** @description Dead at this time or later. */
                since?: string;
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            id: string;
                            /**
                             * @description queue: a message that the consumer did not take; rule-target: an event that EventBridge could not bring to where it belongs; work: a handler gave up; publish: an own event that the bus refused.
                             * @enum {string}
                             */
                            kind: "work" | "publish" | "rule-target" | "queue";
                            queue: string | null;
                            /**
                             * Format: date-time
                             * @description Since when: a message was sent then, an event given up or refused first.
                             */
                            at: string;
                            reason: string;
                            detail: string;
                            eventId: string | null;
                            eventType: string | null;
                            handler: string | null;
                            /** @description What the event is about, such as the order; null for what is not in the log. */
                            subject: string | null;
                            /** @description Deliveries that were refused, attempts of the handler, or attempts of AWS. */
                            attempts: number;
                        }[];
                        nextCursor: string | null;
                        queues: {
                            /** @enum {string} */
                            kind: "rule-target" | "queue";
                            /** @description dead: what the consumer did not take. undelivered: what did not reach the queue of the consumer. uncopied: own events that did not reach the copy of the bus. undecrypted, replica-undecrypted: own events that the bus, or its copy, could not encrypt or decrypt. order-updates, dispute-updates, fulfillment-events: what the consumer did not take from this topic of Kafka. */
                            queue: string;
                            /** @description When somebody looked into the queue last; null before the first look. */
                            lookedAt: string | null;
                            /** @description That look came to the end of the queue. */
                            isComplete: boolean;
                            /** @description For how long a message stays in it; null before this process has looked. */
                            retentionSeconds: number | null;
                            /** @description Why it could not be looked into; null when it could. */
                            fault: string | null;
                        }[];
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    countDeadLetters: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            /**
                             * @description queue: a message that the consumer did not take; rule-target: an event that EventBridge could not bring to where it belongs; work: a handler gave up; publish: an own event that the bus refused.
                             * @enum {string}
                             */
                            kind: "work" | "publish" | "rule-target" | "queue";
                            queue: string | null;
                            reason: string;
                            eventType: string | null;
                            handler: string | null;
                            count: number;
                            /** Format: date-time */
                            oldest: string;
                        }[];
                        total: number;
                        queues: {
                            /** @enum {string} */
                            kind: "rule-target" | "queue";
                            /** @description dead: what the consumer did not take. undelivered: what did not reach the queue of the consumer. uncopied: own events that did not reach the copy of the bus. undecrypted, replica-undecrypted: own events that the bus, or its copy, could not encrypt or decrypt. order-updates, dispute-updates, fulfillment-events: what the consumer did not take from this topic of Kafka. */
                            queue: string;
                            /** @description When somebody looked into the queue last; null before the first look. */
                            lookedAt: string | null;
                            /** @description That look came to the end of the queue. */
                            isComplete: boolean;
                            /** @description For how long a message stays in it; null before this process has looked. */
                            retentionSeconds: number | null;
                            /** @description Why it could not be looked into; null when it could. */
                            fault: string | null;
                        }[];
                    };
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readDeadLetter: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                letterId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /**
                         * @description queue: a message that the consumer did not take; rule-target: an event that EventBridge could not bring to where it belongs; work: a handler gave up; publish: an own event that the bus refused.
                         * @enum {string}
                         */
                        kind: "work" | "publish" | "rule-target" | "queue";
                        queue: string | null;
                        /**
                         * Format: date-time
                         * @description Since when: a message was sent then, an event given up or refused first.
                         */
                        at: string;
                        reason: string;
                        detail: string;
                        eventId: string | null;
                        eventType: string | null;
                        handler: string | null;
                        /** @description What the event is about, such as the order; null for what is not in the log. */
                        subject: string | null;
                        /** @description Deliveries that were refused, attempts of the handler, or attempts of AWS. */
                        attempts: number;
                        attemptsRecorded: {
                            /** Format: date-time */
                            at: string;
                            attempt: number;
                            code: string;
                            message: string;
                            handler: string | null;
                        }[];
                        /** @description Of the message: of a rule target what AWS wrote, such as RULE_ARN, TARGET_ARN, ERROR_CODE, ERROR_MESSAGE, EXHAUSTED_RETRY_CONDITION, RETRY_ATTEMPTS. */
                        attributes: {
                            [key: string]: string;
                        };
                        /** @description The message, or the event as JSON; null when it is gone. */
                        text: string | null;
                        /** @description Where it does not fit the present version of the catalogue. No differences: it fits. */
                        diff: {
                            eventType: string | null;
                            version: string | null;
                            currentVersion: string | null;
                            differences: {
                                path: string;
                                /** @enum {string} */
                                problem: "missing" | "unknown" | "invalid";
                                message: string;
                            }[];
                        } | null;
                        /** @description Of a message: what catalogue and map say of it now. null for what is in the log. */
                        now: {
                            isAccepted: boolean;
                            reason: string | null;
                            detail: string | null;
                        } | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            /**
             * @description not_found: There is nothing here.
             *     dead_letter_not_found: There is no such dead letter.
             */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "dead_letter_not_found";
                    };
                };
            };
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listDeadLetterRuns: {
        parameters: {
            query?: {
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            /** Format: uuid */
                            runId: string;
                            /** @enum {string} */
                            act: "redrive" | "discard";
                            /** @description Empty: all. */
                            selection: {
                                kinds?: ("work" | "publish" | "rule-target" | "queue")[];
                                ids?: string[];
                                /** @description Why: the reason of the consumer, AWS’s code, or the code of the error. */
                                reason?: string;
                                /** @description Type of the event. */
                                type?: string;
                                /** @description Which handler gave up; only of work. */
                                handler?: string;
                                /**
                                 * @description In which queue it lies; only of messages.
                                 * @enum {string}
                                 */
                                queue?: "undelivered" | "uncopied" | "undecrypted" | "replica-undecrypted" | "dead" | "order-updates" | "dispute-updates" | "fulfillment-events";
                                /**
                                 * Format: date-time
                                 * @description Dead before this time.
                                 */
                                before?: string;
                                /**
                                 * Format: date-time
                                 * @description Dead at this time or later.
                                 */
                                since?: string;
                                /**
                                 * @description Of messages only those that catalogue and map accept now; the others stay where they are.
                                 * @enum {boolean}
                                 */
                                mended?: true;
                            };
                            rate: number;
                            /** @enum {string} */
                            state: "running" | "stopping" | "done" | "stopped";
                            askedBy: {
                                subject: string;
                                clientId: string;
                            };
                            why: string;
                            /** @description How many were meant when it began; null before they were counted. */
                            toDo: number | null;
                            /** @description Taken into the log, put back on the queue, or due again. */
                            redriven: number;
                            /** @description Were in the log already: nothing was handled again. */
                            known: number;
                            /** @description Refused again; they stay where they are, with the new reason. */
                            refused: number;
                            discarded: number;
                            /** @description Moved back to the queue by SQS. */
                            moved: number;
                            lastError: string | null;
                            /** Format: date-time */
                            startedAt: string;
                            endedAt: string | null;
                        }[];
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    beginDeadLetterRun: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    act: "redrive" | "discard";
                    selection: {
                        /**
                         * @description Everything there is; nothing else stands beside it but mended.
                         * @enum {boolean}
                         */
                        all?: true;
                        kinds?: ("work" | "publish" | "rule-target" | "queue")[];
                        ids?: string[];
                        /** @description Why: the reason of the consumer, AWS’s code, or the code of the error. */
                        reason?: string;
                        /** @description Type of the event. */
                        type?: string;
                        /** @description Which handler gave up; only of work. */
                        handler?: string;
                        /**
                         * @description In which queue it lies; only of messages.
                         * @enum {string}
                         */
                        queue?: "undelivered" | "uncopied" | "undecrypted" | "replica-undecrypted" | "dead" | "order-updates" | "dispute-updates" | "fulfillment-events";
                        /**
                         * Format: date-time
                         * @description Dead before this time.
                         */
                        before?: string;
                        /**
                         * Format: date-time
                         * @description Dead at this time or later.
                         */
                        since?: string;
                        /**
                         * @description Of messages only those that catalogue and map accept now; the others stay where they are.
                         * @enum {boolean}
                         */
                        mended?: true;
                    };
                    /**
                     * @description Dead letters in a second at most.
                     * @default 100
                     */
                    rate?: number;
                    reason: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uuid */
                        runId: string;
                        /** @enum {string} */
                        act: "redrive" | "discard";
                        /** @description Empty: all. */
                        selection: {
                            kinds?: ("work" | "publish" | "rule-target" | "queue")[];
                            ids?: string[];
                            /** @description Why: the reason of the consumer, AWS’s code, or the code of the error. */
                            reason?: string;
                            /** @description Type of the event. */
                            type?: string;
                            /** @description Which handler gave up; only of work. */
                            handler?: string;
                            /**
                             * @description In which queue it lies; only of messages.
                             * @enum {string}
                             */
                            queue?: "undelivered" | "uncopied" | "undecrypted" | "replica-undecrypted" | "dead" | "order-updates" | "dispute-updates" | "fulfillment-events";
                            /**
                             * Format: date-time
                             * @description Dead before this time.
                             */
                            before?: string;
                            /**
                             * Format: date-time
                             * @description Dead at this time or later.
                             */
                            since?: string;
                            /**
                             * @description Of messages only those that catalogue and map accept now; the others stay where they are.
                             * @enum {boolean}
                             */
                            mended?: true;
                        };
                        rate: number;
                        /** @enum {string} */
                        state: "running" | "stopping" | "done" | "stopped";
                        askedBy: {
                            subject: string;
                            clientId: string;
                        };
                        why: string;
                        /** @description How many were meant when it began; null before they were counted. */
                        toDo: number | null;
                        /** @description Taken into the log, put back on the queue, or due again. */
                        redriven: number;
                        /** @description Were in the log already: nothing was handled again. */
                        known: number;
                        /** @description Refused again; they stay where they are, with the new reason. */
                        refused: number;
                        discarded: number;
                        /** @description Moved back to the queue by SQS. */
                        moved: number;
                        lastError: string | null;
                        /** Format: date-time */
                        startedAt: string;
                        endedAt: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            /** @description dead_letter_not_found: There is no such dead letter. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "dead_letter_not_found";
                    };
                };
            };
            408: components["responses"]["RequestTimeout"];
            /** @description dead_letter_run_under_way: Another run is under way. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "dead_letter_run_under_way";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /** @description dead_letter_selection_unclear: The selection does not say what is meant. */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "dead_letter_selection_unclear";
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readDeadLetterRun: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uuid */
                        runId: string;
                        /** @enum {string} */
                        act: "redrive" | "discard";
                        /** @description Empty: all. */
                        selection: {
                            kinds?: ("work" | "publish" | "rule-target" | "queue")[];
                            ids?: string[];
                            /** @description Why: the reason of the consumer, AWS’s code, or the code of the error. */
                            reason?: string;
                            /** @description Type of the event. */
                            type?: string;
                            /** @description Which handler gave up; only of work. */
                            handler?: string;
                            /**
                             * @description In which queue it lies; only of messages.
                             * @enum {string}
                             */
                            queue?: "undelivered" | "uncopied" | "undecrypted" | "replica-undecrypted" | "dead" | "order-updates" | "dispute-updates" | "fulfillment-events";
                            /**
                             * Format: date-time
                             * @description Dead before this time.
                             */
                            before?: string;
                            /**
                             * Format: date-time
                             * @description Dead at this time or later.
                             */
                            since?: string;
                            /**
                             * @description Of messages only those that catalogue and map accept now; the others stay where they are.
                             * @enum {boolean}
                             */
                            mended?: true;
                        };
                        rate: number;
                        /** @enum {string} */
                        state: "running" | "stopping" | "done" | "stopped";
                        askedBy: {
                            subject: string;
                            clientId: string;
                        };
                        why: string;
                        /** @description How many were meant when it began; null before they were counted. */
                        toDo: number | null;
                        /** @description Taken into the log, put back on the queue, or due again. */
                        redriven: number;
                        /** @description Were in the log already: nothing was handled again. */
                        known: number;
                        /** @description Refused again; they stay where they are, with the new reason. */
                        refused: number;
                        discarded: number;
                        /** @description Moved back to the queue by SQS. */
                        moved: number;
                        lastError: string | null;
                        /** Format: date-time */
                        startedAt: string;
                        endedAt: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrDeadLetterRunNotFound"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    stopDeadLetterRun: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    reason: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uuid */
                        runId: string;
                        /** @enum {string} */
                        act: "redrive" | "discard";
                        /** @description Empty: all. */
                        selection: {
                            kinds?: ("work" | "publish" | "rule-target" | "queue")[];
                            ids?: string[];
                            /** @description Why: the reason of the consumer, AWS’s code, or the code of the error. */
                            reason?: string;
                            /** @description Type of the event. */
                            type?: string;
                            /** @description Which handler gave up; only of work. */
                            handler?: string;
                            /**
                             * @description In which queue it lies; only of messages.
                             * @enum {string}
                             */
                            queue?: "undelivered" | "uncopied" | "undecrypted" | "replica-undecrypted" | "dead" | "order-updates" | "dispute-updates" | "fulfillment-events";
                            /**
                             * Format: date-time
                             * @description Dead before this time.
                             */
                            before?: string;
                            /**
                             * Format: date-time
                             * @description Dead at this time or later.
                             */
                            since?: string;
                            /**
                             * @description Of messages only those that catalogue and map accept now; the others stay where they are.
                             * @enum {boolean}
                             */
                            mended?: true;
                        };
                        rate: number;
                        /** @enum {string} */
                        state: "running" | "stopping" | "done" | "stopped";
                        askedBy: {
                            subject: string;
                            clientId: string;
                        };
                        why: string;
                        /** @description How many were meant when it began; null before they were counted. */
                        toDo: number | null;
                        /** @description Taken into the log, put back on the queue, or due again. */
                        redriven: number;
                        /** @description Were in the log already: nothing was handled again. */
                        known: number;
                        /** @description Refused again; they stay where they are, with the new reason. */
                        refused: number;
                        discarded: number;
                        /** @description Moved back to the queue by SQS. */
                        moved: number;
                        lastError: string | null;
                        /** Format: date-time */
                        startedAt: string;
                        endedAt: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrDeadLetterRunNotFound"];
            408: components["responses"]["RequestTimeout"];
            /** @description dead_letter_run_over: The run has ended already. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "dead_letter_run_over";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    cancelOrder: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                orderId: components["parameters"]["orderId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrderAct"];
            };
        };
        responses: {
            202: components["responses"]["Order202"];
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrOrderNotFound"];
            408: components["responses"]["RequestTimeout"];
            /** @description order_not_cancellable: The order cannot be cancelled any more. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "order_not_cancellable";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    refundOrder: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                orderId: components["parameters"]["orderId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrderRefund"];
            };
        };
        responses: {
            202: components["responses"]["Order202"];
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrOrderNotFound"];
            408: components["responses"]["RequestTimeout"];
            /** @description order_not_refundable: The order cannot be refunded now. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "order_not_refundable";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["OrderLineUnknown"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    revokeOrder: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                orderId: components["parameters"]["orderId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrderRevocation"];
            };
        };
        responses: {
            202: components["responses"]["Order202"];
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrOrderNotFound"];
            408: components["responses"]["RequestTimeout"];
            /** @description order_nothing_delivered: Nothing of it is delivered that could be taken back. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "order_nothing_delivered";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["OrderLineUnknown"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    requestOrderAgain: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                orderId: components["parameters"]["orderId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrderAct"];
            };
        };
        responses: {
            202: components["responses"]["Order202"];
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrOrderNotFound"];
            408: components["responses"]["RequestTimeout"];
            /** @description order_not_requestable: The order cannot be requested again now. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "order_not_requestable";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    retryOrder: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                orderId: components["parameters"]["orderId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrderAct"];
            };
        };
        responses: {
            202: components["responses"]["Order202"];
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrOrderNotFound"];
            408: components["responses"]["RequestTimeout"];
            /** @description order_nothing_waits: Nothing of the order waits to be tried. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "order_nothing_waits";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listOrdersNeedingCare: {
        parameters: {
            query?: {
                status?: components["parameters"]["status"];
                /** @description Only orders for which something of this handler is open, such as payments.refund. */
                handler?: string;
                /** @description Only orders of which something was given up, or of which nothing was. */
                givenUp?: "true" | "false";
                cause?: "given_up" | "failing" | "not_begun" | "too_early" | "untold";
                /** @description Only orders that wait on this one; person: something was given up. */
                waitsOn?: "person" | "inventory" | "payments" | "fulfillment" | "shipping" | "notifications" | "other";
                /** @description Only orders past their promised time, or only others. */
                pastPromise?: "true" | "false";
                /** @description true: also orders within their promised time of which something has failed and is tried again. */
                retrying?: "true" | "false";
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrdersNeedingCare"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readOrderCare: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                orderId: components["parameters"]["orderId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderCare"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrOrderNotFound"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    countOrdersNeedingCare: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrdersNeedingCareCounts"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listOrders: {
        parameters: {
            query?: {
                status?: components["parameters"]["status"];
                customer?: string;
                /** @description An order id, an order number, the id of a customer, or how words of the name of a customer begin. By a name, only orders of which the caller sees the name are found. */
                search?: string;
                /** @description Only orders that were placed then or later. */
                from?: string;
                /** @description Only orders that were placed before. */
                to?: string;
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Order"][];
                        /** @description For the next page; null on the last one. */
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    placeOrder: {
        parameters: {
            query?: never;
            header: {
                /** @description New for each request, such as a UUID; the same key with the same body gets the first answer again. */
                "Idempotency-Key": components["parameters"]["Idempotency-Key"];
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewOrder"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlacedOrder"];
                };
            };
            /**
             * @description malformed_request: The request cannot be read.
             *     validation_failed: The request does not have the expected form.
             *     malformed_json: The body is not acceptable JSON.
             *     idempotency_key_required: The header Idempotency-Key is required.
             *     idempotency_key_invalid: The header Idempotency-Key cannot be used.
             *     currency_not_supported: Orders cannot be placed in this currency.
             *     amount_too_large: A total is too large.
             */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "malformed_request" | "validation_failed" | "malformed_json" | "idempotency_key_required" | "idempotency_key_invalid" | "currency_not_supported" | "amount_too_large";
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            /** @description order_number_taken: Another order has this number. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "order_number_taken";
                    };
                };
            };
            413: components["responses"]["BodyTooLargeOrOrderTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description idempotency_key_reused: This Idempotency-Key was used for another request.
             *     customer_id_personal: The id of a customer must not be an e-mail address.
             *     payment_method_required: The order must say how it is paid.
             */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "idempotency_key_reused" | "customer_id_personal" | "payment_method_required";
                    };
                };
            };
            429: components["responses"]["Overloaded"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readOrder: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                orderId: components["parameters"]["orderId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrOrderNotFound"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readOrderTimeline: {
        parameters: {
            query?: {
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                orderId: components["parameters"]["orderId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Timeline"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrOrderNotFound"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    adjustStock: {
        parameters: {
            query?: never;
            header: {
                /** @description New for each request, such as a UUID; the same key with the same body gets the first answer again. */
                "Idempotency-Key": components["parameters"]["Idempotency-Key"];
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @example NW-11 */
                    sku: string;
                    /**
                     * @description Pieces that come (above 0) or go.
                     * @example 40
                     */
                    delta: number;
                    reason: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        sku: string;
                        /** @description Pieces that are there. */
                        onHand: number;
                        /** @description Pieces of them that are set aside for orders. */
                        reserved: number;
                        /** @description Pieces that can be sold. */
                        available: number;
                        /** @description 1 at first, one more with every change. */
                        version: number;
                        delta: number;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJsonOrIdempotencyKeyRequiredOrIdempotencyKeyInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["StockOutOfRange"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    adjustStocks: {
        parameters: {
            query?: never;
            header: {
                /** @description New for each request, such as a UUID; the same key with the same body gets the first answer again. */
                "Idempotency-Key": components["parameters"]["Idempotency-Key"];
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    reason: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                    /** @description All of them are made, or none. A product may stand here more than once. */
                    adjustments: {
                        /** @example NW-11 */
                        sku: string;
                        /**
                         * @description Pieces that come (above 0) or go.
                         * @example 40
                         */
                        delta: number;
                    }[];
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The stock after each line, in the order of the request. */
                        items: {
                            sku: string;
                            /** @description Pieces that are there. */
                            onHand: number;
                            /** @description Pieces of them that are set aside for orders. */
                            reserved: number;
                            /** @description Pieces that can be sold. */
                            available: number;
                            /** @description 1 at first, one more with every change. */
                            version: number;
                            delta: number;
                        }[];
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJsonOrIdempotencyKeyRequiredOrIdempotencyKeyInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["StockOutOfRange"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readStock: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                sku: components["parameters"]["sku"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        sku: string;
                        /** @description Pieces that are there. */
                        onHand: number;
                        /** @description Pieces of them that are set aside for orders. */
                        reserved: number;
                        /** @description Pieces that can be sold. */
                        available: number;
                        /** @description 1 at first, one more with every change. */
                        version: number;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            /**
             * @description not_found: There is nothing here.
             *     stock_not_found: Nobody has counted this product.
             */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "stock_not_found";
                    };
                };
            };
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listStocks: {
        parameters: {
            query?: {
                /** @description Only stocks of which so few, or fewer, can be sold. */
                availableAtMost?: string;
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            sku: string;
                            /** @description Pieces that are there. */
                            onHand: number;
                            /** @description Pieces of them that are set aside for orders. */
                            reserved: number;
                            /** @description Pieces that can be sold. */
                            available: number;
                            /** @description 1 at first, one more with every change. */
                            version: number;
                        }[];
                        /** @description For the next page; null on the last one. */
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readReconciliation: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description When the last comparison ended; null before the first one. */
                        lastRunAt: string | null;
                        /** @description Why the last comparison did not come to its end; left out when it did. */
                        lastError?: string;
                        /** @description Differences that were mended since the beginning: outcomes that had not arrived, and requests that the fulfilling side did not know. */
                        healed: {
                            outcome_missed: number;
                            request_lost: number;
                        };
                        /** @description Requests whose outcome is not known. */
                        waiting: number;
                        /** @description Outcomes that are known here and not yet acknowledged at the fulfilling side. */
                        unacknowledged: number;
                    };
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readShipment: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                orderId: components["parameters"]["orderId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Shipment200"];
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            /**
             * @description not_found: There is nothing here.
             *     shipment_not_found: The order has no shipment.
             */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "shipment_not_found";
                    };
                };
            };
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    tellDelivery: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                orderId: components["parameters"]["orderId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Delivery"];
            };
        };
        responses: {
            200: components["responses"]["Shipment200"];
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            /**
             * @description not_found: There is nothing here.
             *     shipment_not_found: The order has no shipment.
             *     parcel_not_found: The shipment has no such parcel.
             */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "shipment_not_found" | "parcel_not_found";
                    };
                };
            };
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listUsers: {
        parameters: {
            query?: {
                status?: "active" | "deactivated";
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            userId: string;
                            email: string | null;
                            name: string | null;
                            /** @enum {string} */
                            status: "active" | "deactivated";
                            /** @description 1 at first, one more with every change; also the ETag. */
                            version: number;
                            /** Format: date-time */
                            createdAt: string;
                            /** Format: date-time */
                            updatedAt: string;
                        }[];
                        /** @description For the next page; null on the last one. */
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    registerUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description The customerId of orders and carts.
                     * @example VINET
                     */
                    userId: string;
                    /** Format: email */
                    email?: string;
                    name?: string;
                    /** @description Why, for the record of who changed what. */
                    reason?: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        userId: string;
                        email: string | null;
                        name: string | null;
                        /** @enum {string} */
                        status: "active" | "deactivated";
                        /** @description 1 at first, one more with every change; also the ETag. */
                        version: number;
                        /** Format: date-time */
                        createdAt: string;
                        /** Format: date-time */
                        updatedAt: string;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            /** @description user_exists: Another user has this id. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "user_exists";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /** @description customer_id_personal: The id of a customer must not be an e-mail address. */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "customer_id_personal";
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                userId: components["parameters"]["userId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        userId: string;
                        email: string | null;
                        name: string | null;
                        /** @enum {string} */
                        status: "active" | "deactivated";
                        /** @description 1 at first, one more with every change; also the ETag. */
                        version: number;
                        /** Format: date-time */
                        createdAt: string;
                        /** Format: date-time */
                        updatedAt: string;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrUserNotFound"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    updateUser: {
        parameters: {
            query?: never;
            header: {
                /** @description The ETag of the state that is to be changed, or * for whatever is there. */
                "If-Match": components["parameters"]["If-Match"];
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                userId: components["parameters"]["userId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    email?: string | null;
                    name?: string | null;
                    /** @description Why, for the record of who changed what. */
                    reason?: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        userId: string;
                        email: string | null;
                        name: string | null;
                        /** @enum {string} */
                        status: "active" | "deactivated";
                        /** @description 1 at first, one more with every change; also the ETag. */
                        version: number;
                        /** Format: date-time */
                        createdAt: string;
                        /** Format: date-time */
                        updatedAt: string;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJsonOrVersionInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrUserNotFound"];
            408: components["responses"]["RequestTimeout"];
            /** @description user_deactivated: The user is deactivated. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "user_deactivated";
                    };
                };
            };
            412: components["responses"]["VersionDiffers"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            428: components["responses"]["VersionRequired"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    deactivateUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                userId: components["parameters"]["userId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Why, for the record of who changed what. */
                    reason?: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                } | null;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        userId: string;
                        email: string | null;
                        name: string | null;
                        /** @enum {string} */
                        status: "active" | "deactivated";
                        /** @description 1 at first, one more with every change; also the ETag. */
                        version: number;
                        /** Format: date-time */
                        createdAt: string;
                        /** Format: date-time */
                        updatedAt: string;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrUserNotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listProducts: {
        parameters: {
            query?: {
                status?: "active" | "discontinued";
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            sku: string;
                            name: string;
                            /** @example 21.00 */
                            unitPrice: string;
                            currency: string;
                            /** @enum {string} */
                            status: "active" | "discontinued";
                            /** @description What can be sold, a moment after the inventory knows it; null when it was never counted. */
                            available: number | null;
                            /** @description 1 at first, one more with every change; also the ETag. */
                            version: number;
                            /** Format: date-time */
                            createdAt: string;
                            /** Format: date-time */
                            updatedAt: string;
                        }[];
                        /** @description For the next page; null on the last one. */
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    createProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @example NW-11 */
                    sku: string;
                    name: string;
                    /** @example 21.00 */
                    unitPrice: string;
                    currency: string;
                    /** @description Why, for the record of who changed what. */
                    reason?: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        sku: string;
                        name: string;
                        /** @example 21.00 */
                        unitPrice: string;
                        currency: string;
                        /** @enum {string} */
                        status: "active" | "discontinued";
                        /** @description What can be sold, a moment after the inventory knows it; null when it was never counted. */
                        available: number | null;
                        /** @description 1 at first, one more with every change; also the ETag. */
                        version: number;
                        /** Format: date-time */
                        createdAt: string;
                        /** Format: date-time */
                        updatedAt: string;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            /** @description product_exists: Another product has this sku. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "product_exists";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["ProductCurrencyNotSupported"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                sku: components["parameters"]["sku"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        sku: string;
                        name: string;
                        /** @example 21.00 */
                        unitPrice: string;
                        currency: string;
                        /** @enum {string} */
                        status: "active" | "discontinued";
                        /** @description What can be sold, a moment after the inventory knows it; null when it was never counted. */
                        available: number | null;
                        /** @description 1 at first, one more with every change; also the ETag. */
                        version: number;
                        /** Format: date-time */
                        createdAt: string;
                        /** Format: date-time */
                        updatedAt: string;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrProductNotFound"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    updateProduct: {
        parameters: {
            query?: never;
            header: {
                /** @description The ETag of the state that is to be changed, or * for whatever is there. */
                "If-Match": components["parameters"]["If-Match"];
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                sku: components["parameters"]["sku"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    /** @example 21.00 */
                    unitPrice?: string;
                    currency?: string;
                    /** @description Why, for the record of who changed what. */
                    reason?: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        sku: string;
                        name: string;
                        /** @example 21.00 */
                        unitPrice: string;
                        currency: string;
                        /** @enum {string} */
                        status: "active" | "discontinued";
                        /** @description What can be sold, a moment after the inventory knows it; null when it was never counted. */
                        available: number | null;
                        /** @description 1 at first, one more with every change; also the ETag. */
                        version: number;
                        /** Format: date-time */
                        createdAt: string;
                        /** Format: date-time */
                        updatedAt: string;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJsonOrVersionInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrProductNotFound"];
            408: components["responses"]["RequestTimeout"];
            /** @description product_discontinued: The product is discontinued. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "product_discontinued";
                    };
                };
            };
            412: components["responses"]["VersionDiffers"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["ProductCurrencyNotSupported"];
            428: components["responses"]["VersionRequired"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    discontinueProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                sku: components["parameters"]["sku"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Why, for the record of who changed what. */
                    reason?: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                } | null;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        sku: string;
                        name: string;
                        /** @example 21.00 */
                        unitPrice: string;
                        currency: string;
                        /** @enum {string} */
                        status: "active" | "discontinued";
                        /** @description What can be sold, a moment after the inventory knows it; null when it was never counted. */
                        available: number | null;
                        /** @description 1 at first, one more with every change; also the ETag. */
                        version: number;
                        /** Format: date-time */
                        createdAt: string;
                        /** Format: date-time */
                        updatedAt: string;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrProductNotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    createCart: {
        parameters: {
            query?: never;
            header: {
                /** @description New for each request, such as a UUID; the same key with the same body gets the first answer again. */
                "Idempotency-Key": components["parameters"]["Idempotency-Key"];
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    customerId: string;
                    currency: string;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cartId: string;
                        customerId: string;
                        currency: string;
                        /** @enum {string} */
                        status: "open" | "abandoned" | "checking_out" | "checked_out";
                        /** @description 1 at first, one more with every change; also the ETag. */
                        version: number;
                        items: {
                            sku: string;
                            name?: string;
                            quantity: number;
                            /** @example 42.00 */
                            unitPrice: string;
                            /** @example 42.00 */
                            total: string;
                        }[];
                        /**
                         * @description Of the items, without freight.
                         * @example 42.00
                         */
                        total: string;
                        /** @description The order that it has become. */
                        orderId: string | null;
                        /** Format: date-time */
                        createdAt: string;
                        /** Format: date-time */
                        updatedAt: string;
                    };
                };
            };
            /**
             * @description malformed_request: The request cannot be read.
             *     validation_failed: The request does not have the expected form.
             *     malformed_json: The body is not acceptable JSON.
             *     idempotency_key_required: The header Idempotency-Key is required.
             *     idempotency_key_invalid: The header Idempotency-Key cannot be used.
             *     currency_not_supported: Orders cannot be placed in this currency.
             */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "malformed_request" | "validation_failed" | "malformed_json" | "idempotency_key_required" | "idempotency_key_invalid" | "currency_not_supported";
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description idempotency_key_reused: This Idempotency-Key was used for another request.
             *     customer_id_personal: The id of a customer must not be an e-mail address.
             */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "idempotency_key_reused" | "customer_id_personal";
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readCart: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                cartId: components["parameters"]["cartId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cartId: string;
                        customerId: string;
                        currency: string;
                        /** @enum {string} */
                        status: "open" | "abandoned" | "checking_out" | "checked_out";
                        /** @description 1 at first, one more with every change; also the ETag. */
                        version: number;
                        items: {
                            sku: string;
                            name?: string;
                            quantity: number;
                            /** @example 42.00 */
                            unitPrice: string;
                            /** @example 42.00 */
                            total: string;
                        }[];
                        /**
                         * @description Of the items, without freight.
                         * @example 42.00
                         */
                        total: string;
                        /** @description The order that it has become. */
                        orderId: string | null;
                        /** Format: date-time */
                        createdAt: string;
                        /** Format: date-time */
                        updatedAt: string;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrCartNotFound"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    addCartItem: {
        parameters: {
            query?: never;
            header: {
                /** @description New for each request, such as a UUID; the same key with the same body gets the first answer again. */
                "Idempotency-Key": components["parameters"]["Idempotency-Key"];
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                cartId: components["parameters"]["cartId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    sku: string;
                    /** @description Added to what the cart has of the product. */
                    quantity: number;
                    /**
                     * @description Needed for a product that the catalogue does not have; for others the price of the catalogue holds.
                     * @example 21.00
                     */
                    unitPrice?: string;
                    /** @description For a product that the catalogue does not have. */
                    name?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cartId: string;
                        customerId: string;
                        currency: string;
                        /** @enum {string} */
                        status: "open" | "abandoned" | "checking_out" | "checked_out";
                        /** @description 1 at first, one more with every change; also the ETag. */
                        version: number;
                        items: {
                            sku: string;
                            name?: string;
                            quantity: number;
                            /** @example 42.00 */
                            unitPrice: string;
                            /** @example 42.00 */
                            total: string;
                        }[];
                        /**
                         * @description Of the items, without freight.
                         * @example 42.00
                         */
                        total: string;
                        /** @description The order that it has become. */
                        orderId: string | null;
                        /** Format: date-time */
                        createdAt: string;
                        /** Format: date-time */
                        updatedAt: string;
                    };
                };
            };
            /**
             * @description malformed_request: The request cannot be read.
             *     validation_failed: The request does not have the expected form.
             *     malformed_json: The body is not acceptable JSON.
             *     idempotency_key_required: The header Idempotency-Key is required.
             *     idempotency_key_invalid: The header Idempotency-Key cannot be used.
             *     amount_too_large: A total is too large.
             */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "malformed_request" | "validation_failed" | "malformed_json" | "idempotency_key_required" | "idempotency_key_invalid" | "amount_too_large";
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrCartNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["CartCheckedOutOrCartCheckoutUnderWay"];
            413: components["responses"]["BodyTooLargeOrOrderTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description idempotency_key_reused: This Idempotency-Key was used for another request.
             *     cart_full: The cart cannot take more.
             *     cart_price_unknown: The price of the product is not known.
             *     cart_product_discontinued: The product is not sold any more.
             *     cart_currency_differs: The product is sold in another currency.
             */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "idempotency_key_reused" | "cart_full" | "cart_price_unknown" | "cart_product_discontinued" | "cart_currency_differs";
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    removeCartItem: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the state that is to be changed; without it whatever is there is changed. */
                "If-Match"?: string;
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                cartId: components["parameters"]["cartId"];
                sku: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cartId: string;
                        customerId: string;
                        currency: string;
                        /** @enum {string} */
                        status: "open" | "abandoned" | "checking_out" | "checked_out";
                        /** @description 1 at first, one more with every change; also the ETag. */
                        version: number;
                        items: {
                            sku: string;
                            name?: string;
                            quantity: number;
                            /** @example 42.00 */
                            unitPrice: string;
                            /** @example 42.00 */
                            total: string;
                        }[];
                        /**
                         * @description Of the items, without freight.
                         * @example 42.00
                         */
                        total: string;
                        /** @description The order that it has become. */
                        orderId: string | null;
                        /** Format: date-time */
                        createdAt: string;
                        /** Format: date-time */
                        updatedAt: string;
                    };
                };
            };
            /**
             * @description malformed_request: The request cannot be read.
             *     validation_failed: The request does not have the expected form.
             *     amount_too_large: A total is too large.
             *     version_invalid: The header If-Match cannot be used.
             */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "malformed_request" | "validation_failed" | "amount_too_large" | "version_invalid";
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrCartNotFoundOrCartItemNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["CartCheckedOutOrCartCheckoutUnderWay"];
            412: components["responses"]["VersionDiffers"];
            /** @description order_too_large: The order is too large to be published. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "order_too_large";
                    };
                };
            };
            422: components["responses"]["CartFull"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    setCartItem: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the state that is to be changed; without it whatever is there is changed. */
                "If-Match"?: string;
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                cartId: components["parameters"]["cartId"];
                sku: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Instead of the quantity that is there. */
                    quantity: number;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cartId: string;
                        customerId: string;
                        currency: string;
                        /** @enum {string} */
                        status: "open" | "abandoned" | "checking_out" | "checked_out";
                        /** @description 1 at first, one more with every change; also the ETag. */
                        version: number;
                        items: {
                            sku: string;
                            name?: string;
                            quantity: number;
                            /** @example 42.00 */
                            unitPrice: string;
                            /** @example 42.00 */
                            total: string;
                        }[];
                        /**
                         * @description Of the items, without freight.
                         * @example 42.00
                         */
                        total: string;
                        /** @description The order that it has become. */
                        orderId: string | null;
                        /** Format: date-time */
                        createdAt: string;
                        /** Format: date-time */
                        updatedAt: string;
                    };
                };
            };
            /**
             * @description malformed_request: The request cannot be read.
             *     validation_failed: The request does not have the expected form.
             *     malformed_json: The body is not acceptable JSON.
             *     amount_too_large: A total is too large.
             *     version_invalid: The header If-Match cannot be used.
             */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "malformed_request" | "validation_failed" | "malformed_json" | "amount_too_large" | "version_invalid";
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrCartNotFoundOrCartItemNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["CartCheckedOutOrCartCheckoutUnderWay"];
            412: components["responses"]["VersionDiffers"];
            413: components["responses"]["BodyTooLargeOrOrderTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["CartFull"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    checkOutCart: {
        parameters: {
            query?: never;
            header: {
                /** @description New for each request, such as a UUID; the same key with the same body gets the first answer again. */
                "Idempotency-Key": components["parameters"]["Idempotency-Key"];
                /** @description The ETag of the state that is to be changed; without it whatever is there is changed. */
                "If-Match"?: string;
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                cartId: components["parameters"]["cartId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    shipTo?: {
                        name?: string | null;
                        address?: string | null;
                        city?: string | null;
                        region?: string | null;
                        postalCode?: string | null;
                        country?: string | null;
                    };
                    /**
                     * @description Part of the total; "0" when left out.
                     * @example 32.38
                     */
                    freight?: string;
                    /** @description How it is paid; the default of the service when left out, if it has one. */
                    payment?: {
                        method: {
                            /** @enum {string} */
                            type: "card";
                            /** @description Stands for the card at the payment provider. The number of a card is refused. */
                            token: string;
                        };
                    };
                    /** @description Kept and carried with the order, not interpreted. */
                    metadata?: {
                        [key: string]: unknown;
                    };
                };
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cartId: string;
                        orderId: string;
                        orderNumber: number;
                        customerId: string;
                        /** @enum {string} */
                        status: "created";
                        currency: string;
                        /** @example 42.00 */
                        total: string;
                        /** Format: date-time */
                        createdAt: string;
                    };
                };
            };
            /**
             * @description malformed_request: The request cannot be read.
             *     validation_failed: The request does not have the expected form.
             *     malformed_json: The body is not acceptable JSON.
             *     idempotency_key_required: The header Idempotency-Key is required.
             *     idempotency_key_invalid: The header Idempotency-Key cannot be used.
             *     version_invalid: The header If-Match cannot be used.
             *     currency_not_supported: Orders cannot be placed in this currency.
             *     amount_too_large: A total is too large.
             */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "malformed_request" | "validation_failed" | "malformed_json" | "idempotency_key_required" | "idempotency_key_invalid" | "version_invalid" | "currency_not_supported" | "amount_too_large";
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrCartNotFound"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["CartCheckedOutOrCartCheckoutUnderWay"];
            412: components["responses"]["VersionDiffers"];
            413: components["responses"]["BodyTooLargeOrOrderTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description idempotency_key_reused: This Idempotency-Key was used for another request.
             *     cart_empty: The cart is empty.
             *     cart_product_discontinued: The product is not sold any more.
             *     payment_method_required: The order must say how it is paid.
             */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "idempotency_key_reused" | "cart_empty" | "cart_product_discontinued" | "payment_method_required";
                    };
                };
            };
            429: components["responses"]["Overloaded"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readAnalytics: {
        parameters: {
            query?: {
                /** @description How finely it is counted: kept for two hours (10s), two days (1m), ninety days (1h). */
                window?: components["parameters"]["window"];
                /** @description 60 windows before the end when left out; at most 2,000 windows. */
                from?: string;
                /** @description Now when left out. */
                to?: string;
                /** @description Only this event type, or this step. */
                measure?: string;
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Analytics"];
                };
            };
            /**
             * @description malformed_request: The request cannot be read.
             *     validation_failed: The request does not have the expected form.
             *     analytics_range_invalid: The range of time cannot be used.
             */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "malformed_request" | "validation_failed" | "analytics_range_invalid";
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readAnalyticsSeries: {
        parameters: {
            query: {
                /** @description How finely it is counted: kept for two hours (10s), two days (1m), ninety days (1h). */
                window?: components["parameters"]["window"];
                /** @description 60 windows before the end when left out; at most 2,000 windows. */
                from?: string;
                /** @description Now when left out. */
                to?: string;
                /** @description An event type or a step. */
                measure: string;
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnalyticsSeries"];
                };
            };
            /**
             * @description malformed_request: The request cannot be read.
             *     validation_failed: The request does not have the expected form.
             *     analytics_range_invalid: The range of time cannot be used.
             *     invalid_cursor: The cursor cannot be used here.
             */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "malformed_request" | "validation_failed" | "analytics_range_invalid" | "invalid_cursor";
                    };
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    exportCustomer: {
        parameters: {
            query: {
                /** @description Why, for the record: such as the request of the customer that it follows. */
                reason: components["parameters"]["reason"];
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                customerId: components["parameters"]["customerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerExport"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrCustomerNotFound"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    eraseCustomer: {
        parameters: {
            query: {
                /** @description Why, for the record: such as the request of the customer that it follows. */
                reason: components["parameters"]["reason"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                customerId: components["parameters"]["customerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerErasure"];
                };
            };
            /** @description Accepted */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerErasure"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrCustomerNotFound"];
            408: components["responses"]["RequestTimeout"];
            /**
             * @description customer_has_open_orders: An order of this customer is still open.
             *     erasure_unavailable: This service keeps its events in clear, so it cannot erase anybody from them.
             */
            409: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "customer_has_open_orders" | "erasure_unavailable";
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    registerWebhook: {
        parameters: {
            query?: never;
            header: {
                /** @description New for each request, such as a UUID; the same key with the same body gets the first answer again. */
                "Idempotency-Key": components["parameters"]["Idempotency-Key"];
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookRegistration"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJsonOrIdempotencyKeyRequiredOrIdempotencyKeyInvalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description idempotency_key_reused: This Idempotency-Key was used for another request.
             *     webhook_address_refused: Nothing is delivered to this address.
             *     webhook_event_unknown: There is no event of this name.
             *     webhook_filter_invalid: The filter is no event pattern.
             *     webhook_filter_personal: The filter asks for personal data.
             *     webhook_retries_too_many: More attempts are asked for than are made here.
             *     webhook_secret_weak: The secret is too weak.
             */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "idempotency_key_reused" | "webhook_address_refused" | "webhook_event_unknown" | "webhook_filter_invalid" | "webhook_filter_personal" | "webhook_retries_too_many" | "webhook_secret_weak";
                    };
                };
            };
            /** @description webhook_quota_reached: This client has as many webhooks as it may have. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "webhook_quota_reached";
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listWebhooks: {
        parameters: {
            query?: {
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Webhook"][];
                        /** @description For the next page; null on the last one. */
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readWebhookStatistics: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookStatistics"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                id: components["parameters"]["id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Webhook200"];
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrWebhookNotFound"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    removeWebhook: {
        parameters: {
            query?: {
                /** @description Why; it is written into the audit log. */
                reason?: string;
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                id: components["parameters"]["id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uuid */
                        webhookId: string;
                        /** @enum {boolean} */
                        removed: true;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrWebhookNotFound"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    changeWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                id: components["parameters"]["id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedWebhook"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrWebhookNotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description webhook_address_refused: Nothing is delivered to this address.
             *     webhook_event_unknown: There is no event of this name.
             *     webhook_filter_invalid: The filter is no event pattern.
             *     webhook_filter_personal: The filter asks for personal data.
             *     webhook_retries_too_many: More attempts are asked for than are made here.
             */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "webhook_address_refused" | "webhook_event_unknown" | "webhook_filter_invalid" | "webhook_filter_personal" | "webhook_retries_too_many";
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                id: components["parameters"]["id"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    secret?: string;
                    /** @enum {string} */
                    signing?: "hmac" | "ed25519";
                    /** @description Why, for the record of who changed what. */
                    reason?: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                } | null;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrWebhookNotFound"];
            408: components["responses"]["RequestTimeout"];
            /** @description webhook_secrets_too_many: Too many secrets are in force. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "webhook_secrets_too_many";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /** @description webhook_secret_weak: The secret is too weak. */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "webhook_secret_weak";
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                id: components["parameters"]["id"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Why, for the record of who changed what. */
                    reason?: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                } | null;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TestedWebhook"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrWebhookNotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    enableWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                id: components["parameters"]["id"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * @description What becomes of the deliveries that were held meanwhile.
                     * @default deliver
                     * @enum {string}
                     */
                    held?: "deliver" | "discard";
                    /** @description Why, for the record of who changed what. */
                    reason?: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                } | null;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uuid */
                        webhookId: string;
                        url: string;
                        events: string[];
                        filter: {
                            [key: string]: unknown;
                        } | null;
                        retryAttempts: number;
                        retryDelay: number;
                        timeout: number;
                        rateLimit: number | null;
                        maxInFlight: number;
                        ordered: boolean;
                        /** @description Names of the headers that are sent along. */
                        headerNames: string[];
                        description: string | null;
                        /** @description Client that registered it. */
                        owner: string;
                        /** @enum {string} */
                        status: "enabled" | "disabled";
                        disabledReason: string | null;
                        disabledAt: string | null;
                        /** @description What signs now, newest first; without the secrets themselves. */
                        secrets: {
                            /** @enum {string} */
                            signing: "hmac" | "ed25519";
                            /** Format: date-time */
                            createdAt: string;
                            /** @description Until when it signs along after it was changed; null for the present one. */
                            expiresAt: string | null;
                            /** @description whpk_ and base64, for ed25519. */
                            publicKey: string | null;
                        }[];
                        delivered: number;
                        failedAttempts: number;
                        /** @description Deliveries that were given up. */
                        exhausted: number;
                        /** Format: date-time */
                        createdAt: string;
                        /** Format: date-time */
                        updatedAt: string;
                        held: components["schemas"]["MovedDeliveries"];
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrWebhookNotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /** @description webhook_address_refused: Nothing is delivered to this address. */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "webhook_address_refused";
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    disableWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                id: components["parameters"]["id"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Why, for the record of who changed what. */
                    reason?: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                } | null;
            };
        };
        responses: {
            200: components["responses"]["Webhook200"];
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrWebhookNotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listDeadWebhookDeliveries: {
        parameters: {
            query?: {
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["WebhookDelivery"][];
                        /** @description For the next page; null on the last one. */
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listWebhookDeliveriesAbout: {
        parameters: {
            query: {
                /** @description What the events are about, such as an order id. */
                subject: string;
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDeliveriesAboutSubject"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    recoverWebhooks: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: date-time
                     * @description Deliveries that were made since then, and given up, are sent once more.
                     */
                    since: string;
                    /** @description Why, for the record of who changed what. */
                    reason?: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Webhooks of which exhausted deliveries are sent once more. */
                        webhooks: number;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    recoverWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                id: components["parameters"]["id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: date-time
                     * @description Deliveries that were made since then, and given up, are sent once more.
                     */
                    since: string;
                    /** @description Why, for the record of who changed what. */
                    reason?: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MovedDeliveries"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrWebhookNotFound"];
            408: components["responses"]["RequestTimeout"];
            /** @description webhook_disabled: The webhook is disabled. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "webhook_disabled";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listWebhookDeliveries: {
        parameters: {
            query?: {
                state?: "ready" | "leased" | "held" | "delivered" | "dead" | "discarded";
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                id: components["parameters"]["id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["WebhookDelivery"][];
                        /** @description For the next page; null on the last one. */
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrWebhookNotFound"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readWebhookDelivery: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                id: components["parameters"]["id"];
                deliveryId: components["parameters"]["deliveryId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WholeWebhookDelivery"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrWebhookNotFoundOrWebhookDeliveryNotFound"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    retryWebhookDelivery: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                id: components["parameters"]["id"];
                deliveryId: components["parameters"]["deliveryId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Why, for the record of who changed what. */
                    reason?: {
                        /** @example customer_changed_mind */
                        code: string;
                        message?: string;
                    };
                } | null;
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["NotFoundOrWebhookNotFoundOrWebhookDeliveryNotFound"];
            408: components["responses"]["RequestTimeout"];
            /**
             * @description webhook_disabled: The webhook is disabled.
             *     webhook_delivery_under_way: The delivery is being sent at this moment.
             */
            409: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "webhook_disabled" | "webhook_delivery_under_way";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readWebhookFigures: {
        parameters: {
            query: {
                /** @description Ids of webhooks, with commas between them. */
                ids: string;
                /** @description Given up of those that were made since then: what recover would send again. Left out: all that are kept. */
                since?: string;
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["WebhookFigures"][];
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    reportOrderStatus: {
        parameters: {
            query?: never;
            header: {
                /** @description Of the message, the same when it is sent again. */
                "webhook-id": components["parameters"]["webhook-id"];
                /** @description Unix seconds, not more than five minutes from now. */
                "webhook-timestamp": components["parameters"]["webhook-timestamp"];
                /** @description v1, and the base64 of HMAC-SHA256 over {webhook-id}.{webhook-timestamp}.{raw body}; several are separated by a space. */
                "webhook-signature": components["parameters"]["webhook-signature"];
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrderStatusReport"];
            };
        };
        responses: {
            200: components["responses"]["TakenReport200"];
            202: components["responses"]["TakenReport202"];
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJsonOrWebhookReportMalformed"];
            401: components["responses"]["WebhookSignatureRefused"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["WebhookReportReusedOrWebhookReportTooOldOrWebhookLoop"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    reportWorkerStatus: {
        parameters: {
            query?: never;
            header: {
                /** @description Of the message, the same when it is sent again. */
                "webhook-id": components["parameters"]["webhook-id"];
                /** @description Unix seconds, not more than five minutes from now. */
                "webhook-timestamp": components["parameters"]["webhook-timestamp"];
                /** @description v1, and the base64 of HMAC-SHA256 over {webhook-id}.{webhook-timestamp}.{raw body}; several are separated by a space. */
                "webhook-signature": components["parameters"]["webhook-signature"];
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WorkerStatusReport"];
            };
        };
        responses: {
            200: components["responses"]["TakenReport200"];
            202: components["responses"]["TakenReport202"];
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJsonOrWebhookReportMalformed"];
            401: components["responses"]["WebhookSignatureRefused"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["WebhookReportReusedOrWebhookReportTooOldOrWebhookLoop"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    testInboundWebhook: {
        parameters: {
            query?: never;
            header: {
                /** @description Of the message, the same when it is sent again. */
                "webhook-id": components["parameters"]["webhook-id"];
                /** @description Unix seconds, not more than five minutes from now. */
                "webhook-timestamp": components["parameters"]["webhook-timestamp"];
                /** @description v1, and the base64 of HMAC-SHA256 over {webhook-id}.{webhook-timestamp}.{raw body}; several are separated by a space. */
                "webhook-signature": components["parameters"]["webhook-signature"];
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookTestMessage"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerifiedWebhook"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJsonOrWebhookReportMalformed"];
            401: components["responses"]["WebhookSignatureRefused"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listPanels: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            id: string;
                            title: string;
                            /** @description Whose panel it is. */
                            extension: string;
                            /** @description Path of its data. */
                            data: string;
                            /** @description What a token needs to read its data. */
                            scope: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["InsufficientScope"];
            408: components["responses"]["RequestTimeout"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
}
