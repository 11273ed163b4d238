package dev.tranche.controlplane.connection;

import io.vertx.core.buffer.Buffer;

/** What an API server answered: the HTTP status and the body. */
record Answer(int code, Buffer body) {}
