package dev.tranche.controlplane.applied;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.tranche.controlplane.rollout.GoDuration;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code applied}. */
@Command(
    name = "applied",
    sortOptions = false,
    usageHelpAutoWidth = true,
    header = "Says whether a commit has been applied by a module.",
    description = {
      "",
      "Asks a control plane that runs with --http-address, as the owner of a token that may get the Module.",
      ""
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:applied",
      "1:pending",
      "2:unknown",
      "3:could not ask; the reason is on stderr"
    })
public final class AskCommand implements Callable<Integer> {
  private static final int COULD_NOT_ASK = 3;
  private static final String SERVER = "TRANCHE_SERVER";
  private static final String TOKEN = "TRANCHE_TOKEN";
  private static final Duration POLL = Duration.ofSeconds(2);

  private static final Pattern MODULE =
      Pattern.compile("([a-z0-9][-a-z0-9]{0,62})/([a-z0-9][-.a-z0-9]{0,252})");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{4,64}");
  private static final Pattern CLUSTER = Pattern.compile("[a-z0-9][-.a-z0-9]{0,252}");
  private static final Pattern DURATION =
      Pattern.compile("([0-9]{1,6}(\\.[0-9]{1,9})?(ms|s|m|h)){1,4}");

  private final Map<String, String> environment;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before anything is called
  private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "NAMESPACE/NAME", description = "The module.")
  private String module = "";

  @Parameters(
      index = "1",
      paramLabel = "COMMIT",
      description = "The commit, or at least the first four digits of it.")
  private String commit = "";

  @Option(
      names = "--wait",
      paramLabel = "DURATION",
      description =
          "Ask until the commit is applied, for no longer than this, such as 10m; the last answer counts.")
  private @Nullable String wait;

  @Option(
      names = "--cluster",
      paramLabel = "CLUSTER",
      description = "Only whether it has been applied in this cluster.")
  private @Nullable String cluster;

  @Option(names = "--bootstrap", description = "The module is a BootstrapModule.")
  private boolean bootstrap;

  @Option(
      names = "--server",
      paramLabel = "URL",
      description =
          "Where the control plane serves HTTP. Default: $TRANCHE_SERVER, else http://localhost:8080.")
  private @Nullable String server;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "A file with the token. Default: $TRANCHE_TOKEN, else the token of $KUBECONFIG's current user.")
  private @Nullable Path tokenFile;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this and ends.")
  @SuppressWarnings("unused") // read by picocli
  private boolean help;

  private AskCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  /** Runs the command and ends the JVM with its status. */
  public static void main(String[] arguments) {
    // Everything worth knowing is in the command's own sentences.
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.OFF);
    System.exit(
        new CommandLine(new AskCommand(System.getenv()))
            .setParameterExceptionHandler((e, given) -> {
              var command = e.getCommandLine();
              command.getErr().println("applied: " + e.getMessage());
              command.getErr().println("Try 'applied --help'.");
              return COULD_NOT_ASK;
            })
            .setExecutionExceptionHandler((e, command, parsed) -> {
              command.getErr().println("applied: " + e.getMessage());
              return COULD_NOT_ASK;
            })
            .execute(arguments));
  }

  @Override
  public Integer call() throws InterruptedException {
    var name =
        matched(MODULE, module, "NAMESPACE/NAME has to name a module, such as fleet/ingress");
    var asked =
        matched(
            COMMIT, commit.toLowerCase(Locale.ROOT), "COMMIT has to be 4 to 64 hexadecimal digits");
    if (cluster != null) {
      matched(CLUSTER, cluster, "--cluster has to be the name of a cluster");
    }
    if (wait != null) {
      matched(DURATION, wait, "--wait has to be a duration such as 30s or 10m");
    }
    var question =
        URI.create(
            "%s/v1/%s/%s/%s/applied?commit=%s%s"
                .formatted(
                    server(),
                    bootstrap ? "bootstrapmodules" : "modules",
                    name.group(1),
                    name.group(2),
                    asked.group(),
                    cluster == null ? "" : "&cluster=" + cluster));
    try (var http = new AppliedClient(question, token())) {
      return ask(http, wait == null ? Duration.ZERO : GoDuration.parse(wait));
    }
  }

  private int ask(AppliedClient http, Duration wait) throws InterruptedException {
    long begun = System.nanoTime();
    AppliedClient.Answer answer;
    while (true) {
      answer = http.ask(cluster);
      var left = wait.minusNanos(System.nanoTime() - begun);
      if (!answer.mayChange() || !left.isPositive()) {
        break;
      }
      Thread.sleep(left.compareTo(POLL) < 0 ? left : POLL);
    }
    var console = spec.commandLine();
    return switch (answer) {
      case AppliedClient.Said(var state, var message) -> {
        console.getOut().println(state.name().toLowerCase(Locale.ROOT) + ": " + message);
        yield switch (state) {
          case APPLIED -> 0;
          case PENDING -> 1;
          case UNKNOWN -> 2;
        };
      }
      case AppliedClient.NotAsked(var why, var _) -> {
        console.getErr().println("applied: " + why);
        yield COULD_NOT_ASK;
      }
    };
  }

  private Matcher matched(Pattern form, String text, String problem) {
    var matcher = form.matcher(text);
    if (!matcher.matches()) {
      throw new ParameterException(spec.commandLine(), problem);
    }
    return matcher;
  }

  private String server() {
    var text = server == null ? environment.getOrDefault(SERVER, "http://localhost:8080") : server;
    if (!text.matches("https?://[^/?#@\\s]+(/[^?#\\s]*)?")) {
      throw new ParameterException(
          spec.commandLine(),
          "the server has to be an http or https URL without a user name, such as http://localhost:8080");
    }
    return text.replaceFirst("/+$", "");
  }

  private String token() {
    if (tokenFile != null) {
      try {
        return Files.readString(tokenFile).strip();
      } catch (IOException e) {
        throw new IllegalStateException("the token file %s cannot be read".formatted(tokenFile), e);
      }
    }
    var given = environment.get(TOKEN);
    return given == null || given.isBlank() ? KubeconfigToken.find() : given.strip();
  }
}
