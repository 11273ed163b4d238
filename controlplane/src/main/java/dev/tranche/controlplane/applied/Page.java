package dev.tranche.controlplane.applied;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An answer as it goes over the wire.
 *
 * @param clusters null where nobody asked for them
 * @param next where the next page begins; null on the last one
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
record Page(
    AppliedState state,
    String commit,
    @Nullable String marker,
    String message,
    Counts counts,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<ClusterApplied> clusters,
    @JsonProperty("continue") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String next) {

  /** Of all clusters, whichever of them are listed. */
  record Counts(long applied, long pending, long unknown) {
    static Counts of(List<ClusterApplied> clusters) {
      return new Counts(
          count(clusters, AppliedState.APPLIED),
          count(clusters, AppliedState.PENDING),
          count(clusters, AppliedState.UNKNOWN));
    }

    private static long count(List<ClusterApplied> clusters, AppliedState state) {
      return clusters.stream().filter(cluster -> cluster.state() == state).count();
    }
  }

  /** What is asked for of an answer. */
  static Page of(Applied applied, AppliedQuery query) {
    var counts = Counts.of(applied.clusters());
    if (!query.clusters() && query.cluster() == null) {
      return page(applied, counts, null, null);
    }
    var rows =
        applied.clusters().stream()
            .filter(row -> query.cluster() == null || row.cluster().equals(query.cluster()))
            .filter(row -> query.after() == null || row.cluster().compareTo(query.after()) > 0)
            .sorted(Comparator.comparing(ClusterApplied::cluster))
            .limit(query.limit() + 1L)
            .toList();
    if (rows.size() <= query.limit()) {
      return page(applied, counts, rows, null);
    }
    var listed = rows.subList(0, query.limit());
    return page(applied, counts, listed, token(listed.getLast().cluster()));
  }

  private static Page page(
      Applied applied,
      Counts counts,
      @Nullable List<ClusterApplied> clusters,
      @Nullable String next) {
    return new Page(
        applied.state(),
        applied.commit(),
        applied.marker(),
        applied.message(),
        counts,
        clusters,
        next);
  }

  /** Where a page begins that follows this cluster; nobody outside is to look into it. */
  static String token(String after) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(after.getBytes(UTF_8));
  }
}
