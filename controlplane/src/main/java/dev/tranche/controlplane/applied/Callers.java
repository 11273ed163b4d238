package dev.tranche.controlplane.applied;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.crd.v1alpha1.FleetModule;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Who asks, and what they may see, as the API server says. Its answers hold for a few seconds. */
final class Callers {
  /** A token is taken back, or a right withdrawn, with no more delay than this. */
  static final Duration HOLDS = Duration.ofSeconds(10);

  private static final int REMEMBERED = 2_000;

  /** Whoever tries tokens is not to keep the API server busy. */
  private static final int REVIEWS_AT_A_TIME = 8;

  private static final Duration TURN = Duration.ofSeconds(5);
  private static final int LONGEST_TOKEN = 16 * 1024;

  private final KubernetesClient client;
  private final LongSupplier nanoTime;
  private final Semaphore turns = new Semaphore(REVIEWS_AT_A_TIME);
  private final Map<String, Held<Optional<Caller>>> callers = new Recent<>();
  private final Map<Question, Held<Boolean>> rights = new Recent<>();

  Callers(KubernetesClient client) {
    this(client, System::nanoTime);
  }

  Callers(KubernetesClient client, LongSupplier nanoTime) {
    this.client = client;
    this.nanoTime = nanoTime;
  }

  /** Somebody that the API server knows. */
  record Caller(String name, String uid, List<String> groups, Map<String, List<String>> extra) {}

  /** That the API server cannot be asked at the moment. */
  static final class NoAnswerException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NoAnswerException(String message) {
      super(message);
    }
  }

  private record Question(Caller caller, String resource, ObjectKey module) {}

  private record Held<T>(T answer, long since) {}

  private static final class Recent<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1;

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
      return size() > REMEMBERED;
    }
  }

  /**
   * Whose token this is; empty where it is nobody's.
   *
   * @throws NoAnswerException where nobody can say
   */
  Optional<Caller> of(String token) {
    if (token.length() > LONGEST_TOKEN) {
      return Optional.empty();
    }
    return held(callers, digest(token), () -> reviewed(token));
  }

  /**
   * Whether a caller may read a module.
   *
   * @param resource the plural name of its kind
   * @throws NoAnswerException where nobody can say
   */
  boolean maySee(Caller caller, String resource, ObjectKey module) {
    return held(
        rights, new Question(caller, resource, module), () -> allowed(caller, resource, module));
  }

  private <K, T> T held(Map<K, Held<T>> answers, K question, Supplier<T> ask) {
    synchronized (answers) {
      var held = answers.get(question);
      if (held != null && nanoTime.getAsLong() - held.since() < HOLDS.toNanos()) {
        return held.answer();
      }
    }
    long since = nanoTime.getAsLong();
    var answer = inTurn(ask);
    synchronized (answers) {
      answers.remove(question);
      answers.put(question, new Held<>(answer, since));
    }
    return answer;
  }

  private <T> T inTurn(Supplier<T> ask) {
    try {
      if (!turns.tryAcquire(TURN.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new NoAnswerException("too many callers at a time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NoAnswerException("stopping");
    }
    try {
      return ask.get();
    } catch (KubernetesClientException e) {
      throw new NoAnswerException(
          e.getCode() == 403
              ? "the control plane may not create tokenreviews and subjectaccessreviews: apply deploy/controlplane"
              : "the API server does not answer");
    } finally {
      turns.release();
    }
  }

  private Optional<Caller> reviewed(String token) {
    var review =
        client
            .tokenReviews()
            .create(new TokenReviewBuilder().withNewSpec().withToken(token).endSpec().build());
    var status = review.getStatus();
    return status != null && Boolean.TRUE.equals(status.getAuthenticated())
        ? Optional.of(caller(status.getUser()))
        : Optional.empty();
  }

  private static Caller caller(UserInfo user) {
    return new Caller(
        user.getUsername(),
        Objects.requireNonNullElse(user.getUid(), ""),
        List.copyOf(user.getGroups()),
        user.getExtra() == null ? Map.of() : Map.copyOf(user.getExtra()));
  }

  private boolean allowed(Caller caller, String resource, ObjectKey module) {
    var review =
        client
            .authorization()
            .v1()
            .subjectAccessReview()
            .create(
                new SubjectAccessReviewBuilder()
                    .withNewSpec()
                    .withUser(caller.name())
                    .withUid(caller.uid())
                    .withGroups(caller.groups())
                    .withExtra(new HashMap<>(caller.extra()))
                    .withNewResourceAttributes()
                    .withGroup(FleetModule.GROUP)
                    .withResource(resource)
                    .withVerb("get")
                    .withNamespace(module.namespace())
                    .withName(module.name())
                    .endResourceAttributes()
                    .endSpec()
                    .build());
    return Boolean.TRUE.equals(review.getStatus().getAllowed());
  }

  /** So that no token lies in memory for longer than its question. */
  private static String digest(String token) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
