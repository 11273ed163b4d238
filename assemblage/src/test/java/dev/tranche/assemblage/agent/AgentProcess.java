package dev.tranche.assemblage.agent;

import dev.tranche.testbed.JavaProgram;
import dev.tranche.testbed.WorkloadCluster;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * An agent in a process of its own, for one namespace, under the rights of {@code deploy/agent}.
 */
record AgentProcess(JavaProgram program) implements AutoCloseable {
  private static final Pattern PORT = Pattern.compile("port=\"(\\d+)\"");

  /** Starts it and does not wait. */
  static AgentProcess start(WorkloadCluster cluster, String namespace, Path directory) {
    return new AgentProcess(
        JavaProgram.start(
            Main.class.getName(),
            List.of("--http-address=127.0.0.1:0", "--namespace", namespace),
            directory,
            cluster.kubeconfigFor(RunningAgent.USER, RunningAgent.GROUPS)));
  }

  /** Waits until it works. */
  AgentProcess awaitStarted() {
    Workload.eventually().until(() -> program.log().contains(" started"));
    return this;
  }

  /** Asks an endpoint. */
  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    var port = PORT.matcher(program.log());
    if (!port.find()) {
      throw new IllegalStateException("it does not serve yet");
    }
    try (var client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.group(1) + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  @Override
  public void close() {
    program.close();
  }
}
