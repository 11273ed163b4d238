package dev.tranche.controlplane.check;

import dev.tranche.assemblage.kube.ObjectKey;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * A question to a Prometheus. It may come from people as it is: what is wrong with it is told by
 * its answer.
 *
 * @param address the server's URL, with the path that it is served under; http or https
 * @param query in PromQL; its result is a scalar or an instant vector
 * @param min each value is at least this; null where there is no such limit
 * @param max each value is at most this; null where there is no such limit
 * @param secret the Secret with the credentials; null where none are needed. Its keys are {@code
 *     token} (a bearer token), or {@code username} and {@code password}, and {@code ca.crt} (the
 *     certificates, in PEM, that the server's is signed by), each of them optional
 */
public record PrometheusQuery(
    String address,
    String query,
    @Nullable BigDecimal min,
    @Nullable BigDecimal max,
    @Nullable ObjectKey secret) {}
