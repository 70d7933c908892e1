// Runs once, when the database is made: the application's user may read and write its own database, and nothing else.
db.getSiblingDB('studyhall').createUser({
  user: 'studyhall',
  pwd: fs.readFileSync('/run/studyhall/password', 'utf8').trim(),
  roles: [{ role: 'readWrite', db: 'studyhall' }],
});
