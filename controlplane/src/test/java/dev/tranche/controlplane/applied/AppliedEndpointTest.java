package dev.tranche.controlplane.applied;

import static dev.tranche.controlplane.applied.AppliedState.APPLIED;
import static dev.tranche.controlplane.applied.AppliedState.PENDING;
import static dev.tranche.controlplane.applied.AppliedState.UNKNOWN;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.process.HttpEndpoints;
import dev.tranche.assemblage.process.HttpEndpoints.Probe;
import dev.tranche.testbed.AuditEvent;
import dev.tranche.testbed.Hub;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may ask, and what goes over the wire, with the tokens and the RBAC of a real API server. */
@FleetTest(flux = false)
class AppliedEndpointTest {
  private static final String USER = "system:serviceaccount:tranche-system:tranche-controlplane";
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  private final HttpClient http = HttpClient.newHttpClient();
  private final AtomicReference<Applied> answer = new AtomicReference<>();
  private final AtomicInteger asked = new AtomicInteger();
  private KubernetesClient client;
  private HttpEndpoints endpoints;
  private AppliedEndpoint endpoint;
  private TestNamespace namespace;
  private String token;

  @BeforeEach
  void start(Hub hub, TestNamespace where) throws IOException {
    namespace = where;
    hub.apply(Path.of("deploy", "controlplane"));
    client =
        new KubernetesClientBuilder()
            .withConfig(
                Config.fromKubeconfig(
                    hub.kubeconfigFor(
                        USER,
                        List.of(
                            "system:serviceaccounts", "system:serviceaccounts:tranche-system"))))
            .build();
    endpoint = new AppliedEndpoint();
    endpoint.open(
        client,
        (kind, module, commit) -> {
          asked.incrementAndGet();
          return kind.equals("Module") && module.equals(new ObjectKey(where.name(), "app"))
              ? Optional.of(answer.get())
              : Optional.empty();
        });
    endpoints =
        HttpEndpoints.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                () -> new Probe(true, "ok"),
                () -> new Probe(true, "ok"))
            .with(AppliedEndpoint.PATH, endpoint);
    answer.set(new Applied(PENDING, COMMIT, null, "1 of 3 clusters", rows()));
    token = tokenOf("pipeline");
    grant("pipeline", "modules", "app", "missing");
    grant("pipeline", "bootstrapmodules", "app");
  }

  @AfterEach
  void close() {
    endpoints.close();
    client.close();
    http.close();
  }

  @Test
  void answersWhoMaySeeTheModule() throws IOException, InterruptedException {
    var response = get("app", "?commit=0123");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
    assertThat(json(response))
        .isEqualTo(
            new ObjectMapper()
                .readTree(
                    """
                    {"state": "pending", "commit": "%s", "marker": null, "message": "1 of 3 clusters",
                     "counts": {"applied": 1, "pending": 1, "unknown": 1}}
                    """
                        .formatted(COMMIT)));
  }

  @Test
  void listsTheClustersInPages() throws IOException, InterruptedException {
    var first = json(get("app", "?commit=0123&clusters=true&limit=2"));
    assertThat(names(first)).containsExactly("alpha", "beta");
    assertThat(first.path("clusters").path(0).toString())
        .isEqualTo(
            "{\"cluster\":\"alpha\",\"state\":\"applied\",\"revision\":\"v1\",\"message\":\"there\"}");
    assertThat(first.path("counts").path("unknown").asInt()).isOne();
    var second =
        json(
            get(
                "app",
                "?commit=0123&clusters=true&limit=2&continue=" + first.path("continue").asText()));
    assertThat(names(second)).containsExactly("gamma");
    assertThat(second.has("continue")).isFalse();
    assertThat(names(json(get("app", "?commit=0123&cluster=beta")))).containsExactly("beta");
    assertThat(names(json(get("app", "?commit=0123&cluster=omega")))).isEmpty();
  }

  @Test
  void whoMayNotSeeAModuleLearnsNothingOfIt() throws IOException, InterruptedException {
    var missing = get("missing", "?commit=0123");
    assertThat(missing.statusCode()).isEqualTo(404);
    var stranger = tokenOf("stranger");
    var forbidden = get("/v1/modules/%s/app/applied?commit=0123", stranger);
    assertThat(forbidden.statusCode()).isEqualTo(404);
    assertThat(forbidden.body()).isEqualTo(missing.body().replace("/missing", "/app"));
    assertThat(forbidden.headers().map().keySet()).isEqualTo(missing.headers().map().keySet());
    // A right to one name, one namespace or one kind is none to another.
    assertThat(get("other", "?commit=0123").statusCode()).isEqualTo(404);
    assertThat(get("/v1/modules/default/app/applied?commit=0123", token).statusCode())
        .isEqualTo(404);
    assertThat(get("/v1/bootstrapmodules/%s/other/applied?commit=0123", token).statusCode())
        .isEqualTo(404);
  }

  @Test
  void whoHasNoValidTokenIsToldToSendOne() throws IOException, InterruptedException {
    for (var header : new String[] {null, "", "Bearer", "Bearer ", "Basic eDp5", "Bearer x.y.z"}) {
      var response = send("GET", "/v1/modules/%s/app/applied?commit=0123", header);
      assertThat(response.statusCode()).as(header).isEqualTo(401);
      assertThat(response.headers().firstValue("WWW-Authenticate"))
          .hasValueSatisfying(challenge -> assertThat(challenge).startsWith("Bearer"));
      assertThat(json(response).path("message").asText()).contains("Authorization: Bearer");
    }
    assertThat(asked).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "?commit=",
        "?commit=012",
        "?commit=main",
        "?commit=v1.0.0",
        "?commit=0123&commit=4567",
        "?commit=0123&clusters=yes",
        "?commit=0123&clusters=true&limit=0",
        "?commit=0123&clusters=true&limit=5001",
        "?commit=0123&clusters=true&limit=-1",
        "?commit=0123&clusters=true&continue=*",
        "?commit=0123&watch=true",
        "?commit=01234567890123456789012345678901234567890123456789012345678901234"
      })
  void saysWhatIsWrongWithAQuestion(String query) throws IOException, InterruptedException {
    var response = send("GET", "/v1/modules/%s/app/applied" + query, "Bearer " + token);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(json(response).path("message").asText()).isNotEmpty();
    assertThat(asked).hasValue(0);
  }

  @Test
  void takesOnlyQuestions() throws IOException, InterruptedException {
    for (var method : List.of("POST", "PUT", "DELETE", "HEAD")) {
      var response = send(method, "/v1/modules/%s/app/applied?commit=0123", "Bearer " + token);
      assertThat(response.statusCode()).as(method).isEqualTo(405);
      assertThat(response.headers().firstValue("Allow")).hasValue("GET");
    }
    for (var path :
        List.of(
            "/v1/modules/%s/app",
            "/v1/modules/%s/app/applied/",
            "/v1/modules/%s/../app/applied",
            "/v1/modules/%s/a%2fb/applied",
            "/v1/clusters/%s/app/applied")) {
      assertThat(send("GET", path, "Bearer " + token).statusCode()).as(path).isEqualTo(404);
    }
  }

  @Test
  void asksTheApiServerOnceForManyQuestions(Hub hub) throws IOException, InterruptedException {
    var mark = hub.auditLog().mark();
    for (int i = 0; i < 20; i++) {
      assertThat(get("app", "?commit=0123").statusCode()).isEqualTo(200);
    }
    assertThat(
            hub.auditLog().since(mark).stream()
                .filter(request -> request.user().equals(USER))
                .map(AuditEvent::resource))
        .containsOnly("tokenreviews", "subjectaccessreviews")
        .hasSizeLessThanOrEqualTo(4);
  }

  @Test
  void saysThatAReplicaStandsBy() throws IOException, InterruptedException {
    endpoint.close();
    var response = get("app", "?commit=0123");
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("connection")).contains("close");
    assertThat(response.headers().firstValue("Retry-After")).isPresent();
    assertThat(json(response).path("message").asText()).contains("ask again");
  }

  @Test
  void theCommandSaysItByItsStatus(@TempDir Path directory)
      throws IOException, InterruptedException {
    var file = Files.writeString(directory.resolve("token"), token + "\n");
    var module = namespace.name() + "/app";
    assertThat(applied(module, "0123", "--token-file=" + file))
        .isEqualTo(
            new Ended(
                1, "pending: 1 of 3 clusters (clusters: 1 applied, 1 pending, 1 unknown)\n", ""));
    assertThat(applied(module, "0123", "--cluster=alpha"))
        .isEqualTo(new Ended(0, "applied: there\n", ""));
    assertThat(applied(module, "0123", "--cluster=omega"))
        .isEqualTo(new Ended(2, "unknown: the module does not select a cluster omega\n", ""));
    answer.set(new Applied(UNKNOWN, "0123", null, "no such commit", List.of()));
    assertThat(applied(module, "0123").status()).isEqualTo(2);
    answer.set(new Applied(APPLIED, COMMIT, COMMIT, "everywhere", List.of()));
    assertThat(applied(module, "0123").status()).isZero();

    assertNotAsked(applied(module, "main"), "hexadecimal");
    assertNotAsked(applied("app", "0123"), "NAMESPACE/NAME");
    assertNotAsked(applied(module), "COMMIT");
    assertNotAsked(applied(module, "0123", "--wait=soon"), "--wait");
    assertNotAsked(applied(module, "0123", "--bootstrap"), "there is no BootstrapModule");
    assertNotAsked(applied(namespace.name() + "/missing", "0123"), "HTTP status 404");
    assertNotAsked(applied(module, "0123", "--token-file=/nonexistent"), "cannot be read");
    assertNotAsked(applied(module, "0123", "--server=http://127.0.0.1:1"), "cannot be reached");
    assertNotAsked(
        applied(module, "0123", "--server=http://joe:secret@127.0.0.1:1"), "without a user name");
  }

  @Test
  void theCommandWaits() throws IOException, InterruptedException {
    var module = namespace.name() + "/app";
    var process = start(module, "0123", "--wait=5m");
    try {
      org.awaitility.Awaitility.await()
          .atMost(java.time.Duration.ofSeconds(60))
          .until(() -> asked.get() >= 2);
      assertThat(process.isAlive()).isTrue();
      answer.set(new Applied(APPLIED, COMMIT, COMMIT, "everywhere", List.of()));
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
    answer.set(new Applied(PENDING, COMMIT, null, "not yet", List.of()));
    assertThat(applied(module, "0123", "--wait=1s").status()).isEqualTo(1);
  }

  @Test
  void theCommandTakesTheTokenOfTheKubeconfig(Hub hub, @TempDir Path directory)
      throws IOException, InterruptedException {
    var kubeconfig =
        Files.writeString(
            directory.resolve("kubeconfig"),
            """
            apiVersion: v1
            kind: Config
            current-context: c
            contexts: [{name: c, context: {cluster: c, user: u}}]
            clusters: [{name: c, cluster: {server: "%s"}}]
            users: [{name: u, user: {token: "%s"}}]
            """
                .formatted(hub.url(), token));
    var asking = builder(namespace.name() + "/app", "0123");
    asking.environment().remove("TRANCHE_TOKEN");
    asking.environment().put("KUBECONFIG", kubeconfig.toString());
    assertThat(ended(asking.start()).status()).isEqualTo(1);
    asking.environment().put("KUBECONFIG", hub.kubeconfig().toString());
    assertNotAsked(ended(asking.start()), "has no token");
    asking.environment().put("KUBECONFIG", "/nonexistent");
    assertNotAsked(ended(asking.start()), "which cannot be read");
  }

  private static void assertNotAsked(Ended ended, String why) {
    assertThat(ended.status()).as(ended.toString()).isEqualTo(3);
    assertThat(ended.err()).contains(why).doesNotContain("Exception", "\tat ", "secret");
    assertThat(ended.out()).isEmpty();
  }

  private record Ended(int status, String out, String err) {}

  private Ended applied(String... arguments) throws IOException, InterruptedException {
    return ended(start(arguments));
  }

  private static Ended ended(Process process) throws IOException, InterruptedException {
    var out = new String(process.getInputStream().readAllBytes(), UTF_8);
    var err = new String(process.getErrorStream().readAllBytes(), UTF_8);
    return new Ended(process.waitFor(), out, err);
  }

  private Process start(String... arguments) throws IOException {
    return builder(arguments).start();
  }

  /** As {@code scripts/applied} does. */
  private ProcessBuilder builder(String... arguments) {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                AskCommand.class.getName()));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command);
    builder.environment().keySet().removeAll(List.of("KUBECONFIG", "JAVA_TOOL_OPTIONS"));
    builder
        .environment()
        .putAll(
            Map.of(
                "TRANCHE_SERVER", "http://127.0.0.1:" + endpoints.port(), "TRANCHE_TOKEN", token));
    return builder;
  }

  private static List<ClusterApplied> rows() {
    return List.of(
        new ClusterApplied("gamma", UNKNOWN, null, "not heard of"),
        new ClusterApplied("alpha", APPLIED, "v1", "there"),
        new ClusterApplied("beta", PENDING, "v0", "on its way"));
  }

  private static List<String> names(JsonNode page) {
    return page.path("clusters").findValuesAsText("cluster");
  }

  private static JsonNode json(HttpResponse<String> response) throws IOException {
    return new ObjectMapper().readTree(response.body());
  }

  private HttpResponse<String> get(String module, String rest)
      throws IOException, InterruptedException {
    return rest.startsWith("?")
        ? send("GET", "/v1/modules/%s/" + module + "/applied" + rest, "Bearer " + token)
        : send("GET", module, "Bearer " + rest);
  }

  private HttpResponse<String> send(String method, String path, @Nullable String authorization)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(
                URI.create(
                    "http://127.0.0.1:" + endpoints.port() + path.replace("%s", namespace.name())))
            .method(method, BodyPublishers.noBody());
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private String tokenOf(String serviceAccount) {
    var admin = namespace.hub().client();
    admin
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withNamespace(namespace.name())
                .withName(serviceAccount)
                .endMetadata()
                .build())
        .serverSideApply();
    return admin
        .serviceAccounts()
        .inNamespace(namespace.name())
        .withName(serviceAccount)
        .tokenRequest(
            new TokenRequestBuilder().withNewSpec().withExpirationSeconds(3600L).endSpec().build())
        .getStatus()
        .getToken();
  }

  private void grant(String serviceAccount, String resource, String... names) {
    var name = serviceAccount + "-" + resource;
    Stream.of(
            new RoleBuilder()
                .withNewMetadata()
                .withNamespace(namespace.name())
                .withName(name)
                .endMetadata()
                .addNewRule()
                .withApiGroups("fleet.tranche.dev")
                .withResources(resource)
                .withResourceNames(names)
                .withVerbs("get")
                .endRule()
                .build(),
            new RoleBindingBuilder()
                .withNewMetadata()
                .withNamespace(namespace.name())
                .withName(name)
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "Role", name)
                .addNewSubject("", "ServiceAccount", serviceAccount, namespace.name())
                .build())
        .forEach(object -> namespace.hub().client().resource(object).serverSideApply());
  }
}
