package dev.tranche.controlplane.connection;

/** What an API server answered: the HTTP status and the body. */
record Answer(int code, byte[] body) {}
