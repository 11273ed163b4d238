package dev.tranche.controlplane.enrol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.tranche.assemblage.kube.ClientConfig;
import dev.tranche.controlplane.kubeconfig.KubeconfigVerdict;
import dev.tranche.controlplane.kubeconfig.KubeconfigVerdict.Accepted;
import dev.tranche.controlplane.kubeconfig.KubeconfigVerdict.Refused;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code enrol-cluster}. */
@Command(
    name = "enrol-cluster",
    sortOptions = false,
    usageHelpAutoWidth = true,
    header = "Makes a cluster that Cluster API did not create part of the fleet.",
    description = {
      "",
      "Writes a Cluster and its kubeconfig Secret to the hub, which is the cluster of $KUBECONFIG, of ~/.kube/config, or the one that this runs in. Enrolling again brings both up to date; the labels given replace those that were given before.",
      ""
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:done", "1:not done; the reason is on stderr", "2:wrong usage"})
public final class EnrolCluster implements Callable<Integer> {
  /** What Cluster API takes for the name of a cluster, since it becomes the value of a label. */
  private static final String NAME = "[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?";

  private final Supplier<Config> hubConfig;
  private final InputStream stdin;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before anything is called
  private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "KUBECONFIG",
      description =
          "The kubeconfig of the cluster to enrol, with inline credentials; - reads it from stdin.")
  private @Nullable String kubeconfigFile;

  @Option(
      names = "--name",
      required = true,
      paramLabel = "NAME",
      description = "What the cluster is called in the fleet.")
  private String name = "";

  @Option(
      names = "--namespace",
      paramLabel = "NAMESPACE",
      description = "Where on the hub; by default the namespace of the hub's current context.")
  private @Nullable String namespace;

  @Option(
      names = "--label",
      paramLabel = "KEY=VALUE",
      description = "A label of the Cluster, for modules to select it by; repeatable.")
  private Map<String, String> labels = new TreeMap<>();

  @Option(
      names = "--remove",
      description = "Removes the cluster from the fleet; what runs in it keeps running.")
  private boolean remove;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this and ends.")
  @SuppressWarnings("unused") // read by picocli
  private boolean help;

  private EnrolCluster(Supplier<Config> hubConfig, InputStream stdin) {
    this.hubConfig = hubConfig;
    this.stdin = stdin;
  }

  /** Runs the command and ends the JVM with its status. */
  public static void main(String[] arguments) {
    // Everything worth knowing is in the command's own sentences.
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.OFF);
    System.exit(commandLine(() -> ClientConfig.find("the hub"), System.in).execute(arguments));
  }

  static CommandLine commandLine(Supplier<Config> hubConfig, InputStream stdin) {
    return new CommandLine(new EnrolCluster(hubConfig, stdin))
        .setParameterExceptionHandler((e, arguments) -> {
          var command = e.getCommandLine();
          command.getErr().println("enrol-cluster: " + e.getMessage());
          command.getErr().println("Try 'enrol-cluster --help'.");
          return CommandLine.ExitCode.USAGE;
        })
        .setExecutionExceptionHandler((e, command, parsed) -> {
          command.getErr().println("enrol-cluster: " + e.getMessage());
          return CommandLine.ExitCode.SOFTWARE;
        });
  }

  @Override
  public Integer call() throws IOException {
    if (!name.matches(NAME)) {
      throw new ParameterException(
          spec.commandLine(),
          "--name has to be at most 63 lower-case letters, digits, '-' and '.', with a letter or digit at both ends");
    }
    if (remove) {
      remove();
    } else if (kubeconfigFile == null) {
      throw new ParameterException(
          spec.commandLine(), "KUBECONFIG is missing: the kubeconfig of the cluster to enrol");
    } else {
      enrol(read(kubeconfigFile));
    }
    return CommandLine.ExitCode.OK;
  }

  private void enrol(String kubeconfig) {
    var server =
        switch (KubeconfigVerdict.of(kubeconfig)) {
          case Accepted accepted -> accepted.server();
          case Refused refused ->
              throw new EnrolmentException(
                  "%s (%s)".formatted(refused.message(), refused.reason()));
        };
    say("%s answers at %s: %s".formatted(name, server, askWorkloadCluster(kubeconfig)));

    var hub = hub();
    var where = namespaceOn(hub);
    var enrolment =
        new Enrolment(where, name, labels, KubeconfigVerdict.currentContextOf(kubeconfig), server);
    var isNew = hub.ask(client -> new EnrolledClusters(client, where).put(enrolment));
    say(
        "Cluster %s/%s is %s, its kubeconfig is in Secret %s."
            .formatted(where, name, isNew ? "enrolled" : "up to date", Enrolment.secretName(name)));
    say("");
    say("A module in namespace %s runs there if it selects it:".formatted(where));
    say("  selector: " + selector());
    say("Look at it:");
    say(
        "  kubectl get clusters.cluster.x-k8s.io %s --namespace %s --show-labels"
            .formatted(name, where));
    say("  kubectl get remoteassemblages %s --namespace %s".formatted(name, where));
  }

  private void remove() {
    var hub = hub();
    var where = namespaceOn(hub);
    if (hub.ask(client -> new EnrolledClusters(client, where).remove(name))) {
      say("Cluster %s/%s and its kubeconfig are removed.".formatted(where, name));
      say(
          "What modules put into %s keeps running there; nobody changes or reports it any more."
              .formatted(name));
    } else {
      say("There is no Cluster %s/%s; nothing to remove.".formatted(where, name));
    }
  }

  private String askWorkloadCluster(String kubeconfig) {
    return new ApiAccess(name, Config.fromKubeconfig(kubeconfig))
        .ask(client -> {
          var version = client.getKubernetesVersion().getGitVersion();
          return mayDoEverything(client)
              ? "Kubernetes %s.".formatted(version)
              : "Kubernetes %s. Its user may not do everything there, so not every module may be applied."
                  .formatted(version);
        });
  }

  /**
   * Also shows whether the credentials are good, which the version does not: anyone may read it.
   */
  private static boolean mayDoEverything(KubernetesClient client) {
    var review =
        new SelfSubjectAccessReviewBuilder()
            .withNewSpec()
            .withNewResourceAttributes()
            .withGroup("*")
            .withResource("*")
            .withVerb("*")
            .endResourceAttributes()
            .endSpec()
            .build();
    return client
        .authorization()
        .v1()
        .selfSubjectAccessReview()
        .create(review)
        .getStatus()
        .getAllowed();
  }

  private ApiAccess hub() {
    return new ApiAccess("the hub", hubConfig.get());
  }

  private String namespaceOn(ApiAccess hub) {
    if (namespace != null) {
      return namespace;
    }
    var current = hub.config().getNamespace();
    return current == null ? "default" : current;
  }

  private String selector() {
    return labels.isEmpty()
        ? "{}    # every cluster; give --label to tell them apart"
        : labels.entrySet().stream()
            .map(label -> "%s: \"%s\"".formatted(label.getKey(), label.getValue()))
            .collect(joining(", ", "{matchLabels: {", "}}"));
  }

  private String read(String file) throws IOException {
    // One byte too many is enough for the verdict that it is too large.
    var limit = KubeconfigVerdict.MAX_BYTES + 1;
    if (file.equals("-")) {
      return new String(stdin.readNBytes(limit), UTF_8);
    }
    try (var content = Files.newInputStream(Path.of(file))) {
      return new String(content.readNBytes(limit), UTF_8);
    } catch (IOException e) {
      throw new EnrolmentException("the kubeconfig %s cannot be read".formatted(file));
    }
  }

  private void say(String line) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(line);
    out.flush();
  }
}
