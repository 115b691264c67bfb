/**
 * What retention waits for: the places up to which the log was read and sealed, as SQL.
 */

/** Everybody before whom nothing is removed, `what` it is and where it stands. A replay counts from its first claim on, as long as it runs. */
export const STANDING = `SELECT 'reader ' || r.name AS what, r.epoch, r.txid, r.position FROM readers r
    UNION ALL SELECT 'a replay', o.epoch, o.txid, o.position FROM replays o WHERE o.state = 'running'
    UNION ALL (SELECT 'sealing', s.to_epoch, s.to_txid, s.to_position FROM seals s ORDER BY s.seal DESC LIMIT 1)`;

/** Up to where every reader and every replay has read and the sealer has sealed; no row while nothing is sealed. */
export const LOW_WATER = `SELECT p.epoch, p.txid, p.position FROM (${STANDING}) p
  WHERE EXISTS (SELECT 1 FROM seals) ORDER BY p.epoch, p.txid, p.position LIMIT 1`;
