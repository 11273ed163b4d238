package dev.tranche.controlplane.module;

import dev.tranche.controlplane.history.ModuleContent;
import dev.tranche.controlplane.source.VersionedSource;
import dev.tranche.crd.v1alpha1.ExactSource;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.rollout.Reason;
import org.jspecify.annotations.Nullable;

/**
 * What is known of what a module declares.
 *
 * @param content what is to run: what is declared, or what was before where that is not known; null
 *     where neither is
 * @param version what is declared, as a person says it
 * @param asking whether the server is likely to answer in a moment
 * @param unknown why it is not known what is declared; null where it is
 * @param news what became of the tag since, or why the server does not say; null where all is well
 */
record SourceReport(
    @Nullable ModuleContent content,
    String version,
    boolean asking,
    @Nullable Reason unknown,
    @Nullable Reason news) {

  static SourceReport known(ModuleContent content, @Nullable Reason news) {
    return new SourceReport(content, content.version(), false, null, news);
  }

  static SourceReport unknown(
      FleetModule module, @Nullable ModuleContent former, boolean asking, Reason why) {
    return new SourceReport(
        former, new VersionedSource(module.getSpec().sync().source()).word(), asking, why, null);
  }

  /** Where what is declared was found; null where it is not known, or differs per cluster. */
  @Nullable ExactSource exact() {
    if (content == null || unknown != null) {
      return null;
    }
    var source = new VersionedSource(content.sync().source());
    var revision = source.revision();
    var found = source.found();
    return revision == null || source.mentionsBindings()
        ? null
        : new ExactSource(source.url(), found == null ? null : found.tag(), revision);
  }

  /** Whether the news are about the tag, and not about the server. */
  boolean tagMoved() {
    return news != null
        && (news.code().equals(Choice.TAG_MOVED) || news.code().equals(Choice.TAG_DELETED));
  }
}
