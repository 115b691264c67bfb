// Examples for sql.yml.
// ruleid: sql-takes-values-as-parameters
await pool.query('SELECT * FROM orders WHERE order_id = ' + orderId);
// ruleid: sql-takes-values-as-parameters
await pool.query(`SELECT * FROM orders WHERE order_id = '${orderId}'`);
// ruleid: sql-takes-values-as-parameters
await pool.query(`SELECT ${COLUMNS} FROM orders ORDER BY ${sort}`, []);
// ruleid: sql-takes-values-as-parameters
db.select(sql.raw(column));
// ok: sql-takes-values-as-parameters
await pool.query(`SELECT ${COLUMNS} FROM ${TABLES} WHERE order_id = $1`, [orderId]);
// ok: sql-takes-values-as-parameters
await pool.query('SELECT 1');

async function search(request, pool) {
  const { sort } = request.query;
  const text = `SELECT * FROM orders ORDER BY ${sort}`;
  // ruleid: sql-hears-no-request
  await pool.query(text);
  // ok: sql-hears-no-request
  await pool.query('SELECT * FROM orders WHERE order_id = $1', [request.params.orderId]);
}
