package dev.tranche.rollout;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Clusters that take their turn together.
 *
 * @param name unique within a rollout
 * @param selector which clusters
 * @param sample how few of them; null takes all
 * @param maxUnready how many of them may be unready at once; null takes that of the rollout
 * @param gates what must hold, one after the other, once all of them have succeeded
 * @param ramp how the number of clusters in a batch grows; null for no batches
 * @param after the stages that must have been passed before; null means the one before it in the
 *     list. Names of no stage count for nothing.
 */
public record Stage(
    String name,
    Selector selector,
    @Nullable Sample sample,
    @Nullable Share maxUnready,
    List<Gate> gates,
    @Nullable Ramp ramp,
    @Nullable List<String> after) {
  public Stage {
    gates = List.copyOf(gates);
    after = after == null ? null : List.copyOf(after);
  }

  /**
   * Takes only some clusters of a stage; the others fall to later stages.
   *
   * @param count how many, of each value of the label; at least 1
   * @param perLabel the label over whose values they are spread; null for none
   */
  public record Sample(int count, @Nullable String perLabel) {
    public Sample {
      Share.require(count >= 1, "a sample takes at least 1");
    }
  }

  /**
   * Batches that grow: each is begun once the one before it is settled.
   *
   * @param start clusters in the first batch; at least 1
   * @param factor by how much a batch is larger than the one before; at least 1
   */
  public record Ramp(int start, int factor) {
    public Ramp {
      Share.require(start >= 1 && factor >= 1, "a ramp has a start and a factor of at least 1");
    }

    /** How many clusters may have been begun when so many are settled. */
    long allows(long settled) {
      long batch = start;
      long begun = start;
      while (begun <= settled) {
        batch = Math.min(batch * factor, Integer.MAX_VALUE);
        begun += batch;
      }
      return begun;
    }
  }
}
