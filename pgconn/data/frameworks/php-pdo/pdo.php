<?php

// What pg_stat_activity shows: the service, and its host or pod
putenv('PGAPPNAME=' . "PGCONN_APPLICATION@" . gethostname());

$user = getenv('PGUSER') ?: null;
$password = getenv('PGPASSWORD') ?: null;
$pdo = new PDO(getenv('PDO_DSN'), $user, $password, [
    PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
    PDO::ATTR_PERSISTENT => false, // closed at the end of the request
    PDO::ATTR_TIMEOUT => 5, // s for the server to answer
    // pgconn: begin transaction pooling
    PDO::PGSQL_ATTR_DISABLE_PREPARES => true, // they stay behind
    // pgconn: end transaction pooling
]);
