package dev.tranche.rollout.golden;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Something that happens to a fleet; what it is, is said by the field beside {@code at}. */
@JsonTypeInfo(use = JsonTypeInfo.Id.DEDUCTION)
@JsonSubTypes({
  @JsonSubTypes.Type(Event.Retarget.class),
  @JsonSubTypes.Type(Event.Suspend.class),
  @JsonSubTypes.Type(Event.Approve.class),
  @JsonSubTypes.Type(Event.Checks.class),
  @JsonSubTypes.Type(Event.Join.class),
  @JsonSubTypes.Type(Event.Leave.class),
  @JsonSubTypes.Type(Event.Unreachable.class),
  @JsonSubTypes.Type(Event.NotReady.class),
  @JsonSubTypes.Type(Event.Return.class),
  @JsonSubTypes.Type(Event.Bind.class),
  @JsonSubTypes.Type(Event.SetPin.class),
  @JsonSubTypes.Type(Event.Unpin.class),
  @JsonSubTypes.Type(Event.SetHold.class),
  @JsonSubTypes.Type(Event.Release.class),
  @JsonSubTypes.Type(Event.Tamper.class),
  @JsonSubTypes.Type(Event.Retry.class),
  @JsonSubTypes.Type(Event.Behave.class),
  @JsonSubTypes.Type(Event.Turn.class),
  @JsonSubTypes.Type(Event.Crash.class)
})
sealed interface Event {
  /** When, from the beginning of the story. */
  Duration at();

  /** What happens, for the log. */
  String says();

  /** Another revision is to be rolled out. */
  record Retarget(Duration at, String target) implements Event {
    @Override
    public String says() {
      return "the target is %s now".formatted(target);
    }
  }

  /** The module is suspended, or no longer. */
  record Suspend(Duration at, boolean suspend) implements Event {
    @Override
    public String says() {
      return suspend ? "the module is suspended" : "the module is resumed";
    }
  }

  /** Somebody approves a stage. */
  record Approve(Duration at, Of approve) implements Event {
    record Of(String stage, String revision) {}

    @Override
    public String says() {
      return "stage %s is approved for %s".formatted(approve.stage(), approve.revision());
    }
  }

  /** What the server that answers checks does from now on; it is away in the beginning. */
  record Checks(Duration at, Server checks) implements Event {
    enum Server {
      PASS,
      FAIL,
      AWAY
    }

    @Override
    public String says() {
      return switch (checks) {
        case PASS -> "checks hold";
        case FAIL -> "checks do not hold";
        case AWAY -> "the server that answers checks is away";
      };
    }
  }

  /** Clusters are there from now on, with these labels. */
  record Join(Duration at, Map<String, Map<String, String>> join) implements Event {
    @Override
    public String says() {
      return String.join(", ", join.keySet()) + " joins";
    }
  }

  /** Clusters are deleted. */
  record Leave(Duration at, List<String> leave) implements Event {
    @Override
    public String says() {
      return String.join(", ", leave) + " is deleted";
    }
  }

  /** Nobody can reach these clusters. */
  record Unreachable(Duration at, List<String> unreachable) implements Event {
    @Override
    public String says() {
      return "nobody can reach " + String.join(", ", unreachable);
    }
  }

  /** These clusters cannot take part. */
  record NotReady(Duration at, List<String> notReady) implements Event {
    @Override
    public String says() {
      return "the control plane of %s is not initialised".formatted(String.join(", ", notReady));
    }
  }

  /** These clusters can take part again. */
  record Return(Duration at, List<String> returns) implements Event {
    @Override
    public String says() {
      return String.join(", ", returns) + " can take part";
    }
  }

  /** The values of bindings change, by cluster. */
  record Bind(Duration at, Map<String, String> bind) implements Event {
    @Override
    public String says() {
      return "a binding changes: " + bind;
    }
  }

  /** A cluster is pinned. */
  record SetPin(Duration at, To pin) implements Event {
    record To(String cluster, @Nullable String revision, String reason, @Nullable Duration until) {}

    @Override
    public String says() {
      return "%s is pinned to %s"
          .formatted(pin.cluster(), pin.revision() == null ? "what it has" : pin.revision());
    }
  }

  /** A cluster is no longer pinned. */
  record Unpin(Duration at, String unpin) implements Event {
    @Override
    public String says() {
      return unpin + " is unpinned";
    }
  }

  /** Something keeps new revisions from a cluster. */
  record SetHold(Duration at, By hold) implements Event {
    record By(String cluster, String code, String message, boolean passing) {}

    @Override
    public String says() {
      return "%s is held: %s".formatted(hold.cluster(), hold.message());
    }
  }

  /** Nothing does any more. */
  record Release(Duration at, String release) implements Event {
    @Override
    public String says() {
      return release + " is no longer held";
    }
  }

  /** Somebody changes what a cluster was assigned. */
  record Tamper(Duration at, String tamper) implements Event {
    @Override
    public String says() {
      return "somebody changes what %s was assigned".formatted(tamper);
    }
  }

  /** A person asks for another try. */
  record Retry(Duration at, String retry) implements Event {
    @Override
    public String says() {
      return "somebody asks for another try: " + retry;
    }
  }

  /** Clusters behave in another way when they are assigned something. */
  record Behave(Duration at, Map<String, List<Behaviour>> behave) implements Event {
    @Override
    public String says() {
      return String.join(", ", behave.keySet()) + " will behave in another way";
    }
  }

  /** What clusters have turns good or bad by itself. */
  record Turn(Duration at, Map<String, Behaviour> turn) implements Event {
    @Override
    public String says() {
      return String.join(", ", turn.keySet()) + " changes by itself";
    }
  }

  /** The controller dies after it recorded what it decides now, and is back after a while. */
  record Crash(Duration at, Duration crash) implements Event {
    @Override
    public String says() {
      return "the controller is about to die once it has recorded";
    }
  }
}
