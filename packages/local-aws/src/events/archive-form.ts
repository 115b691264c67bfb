/** An archive as EventBridge tells of it. Every archive is enabled at once. */
import type { Archive } from './archives.ts';

/** What creating and updating answer. */
export function receipt({ arn, createdAtMs }: Archive): object {
  return { ArchiveArn: arn, State: 'ENABLED', CreationTime: createdAtMs / 1_000 };
}

/** What lists tell. */
export function summary(archive: Archive, nowMs: number): object {
  const EventCount = archive.events(nowMs).length;
  return {
    ArchiveName: archive.name, EventSourceArn: archive.sourceArn, State: 'ENABLED', RetentionDays: archive.settings.retentionDays ?? 0,
    SizeBytes: archive.bytes, EventCount, CreationTime: archive.createdAtMs / 1_000,
  };
}
