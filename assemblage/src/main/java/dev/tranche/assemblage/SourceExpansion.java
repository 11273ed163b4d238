package dev.tranche.assemblage;

import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.flux.source.v1.GitRepositorySpec;
import dev.tranche.crd.flux.source.v1.HelmChart;
import dev.tranche.crd.flux.source.v1.HelmChartSpec;
import dev.tranche.crd.flux.source.v1.OCIRepository;
import dev.tranche.crd.flux.source.v1.OCIRepositorySpec;
import dev.tranche.crd.flux.source.v1.gitrepositoryspec.ProxySecretRef;
import dev.tranche.crd.flux.source.v1.gitrepositoryspec.Ref;
import dev.tranche.crd.flux.source.v1.gitrepositoryspec.SecretRef;
import dev.tranche.crd.flux.source.v1.gitrepositoryspec.Verify;
import dev.tranche.crd.flux.source.v1.helmchartspec.SourceRef;
import dev.tranche.crd.flux.source.v1.ocirepositoryspec.CertSecretRef;
import dev.tranche.crd.flux.source.v1.ocirepositoryspec.LayerSelector;
import dev.tranche.crd.v1alpha1.GitSource;
import dev.tranche.crd.v1alpha1.GitVersion;
import dev.tranche.crd.v1alpha1.HelmPackage;
import dev.tranche.crd.v1alpha1.OciSource;
import dev.tranche.crd.v1alpha1.OciVersion;
import dev.tranche.crd.v1alpha1.Source;
import dev.tranche.crd.v1alpha1.SyncPackage;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The sources of a sync in Flux. Their names are the same for sources that mean the same, and other
 * ones for all others, so that an old and a new version stand beside each other.
 */
final class SourceExpansion {
  private static final String INTERVAL = "1h";

  /** Flux clones a commit anew each time, and finds what it found. */
  private static final String COMMIT_INTERVAL = "24h";

  private static final String TIMEOUT = "60s";
  private static final int SHORT_COMMIT = 12;

  /** How Helm stores a chart in a registry. */
  private static final String CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

  private SourceExpansion() {}

  /**
   * The source objects of a sync, each after the one that it needs.
   *
   * @param source and {@code syncPackage} with their defaults filled in
   */
  static List<HasMetadata> of(String namespace, Source source, SyncPackage syncPackage) {
    if (source.git() == null) {
      return List.of(
          ociRepository(
              namespace, withLayer(Objects.requireNonNull(source.oci()), syncPackage.helm())));
    }
    var repository = gitRepository(namespace, source.git());
    return syncPackage.helm() == null
        ? List.of(repository)
        : List.of(repository, helmChart(repository, source.git(), syncPackage.helm()));
  }

  /** The names of {@link #of}, in its order. */
  static List<String> names(Source source, SyncPackage syncPackage) {
    if (source.git() == null) {
      return List.of(name(withLayer(Objects.requireNonNull(source.oci()), syncPackage.helm())));
    }
    var repository = name(source.git());
    return syncPackage.helm() == null
        ? List.of(repository)
        : List.of(repository, name(source.git(), syncPackage.helm()));
  }

  /**
   * The name of the GitRepository of a source.
   *
   * @throws IllegalArgumentException if its version has neither a tag nor a revision
   */
  static String name(GitSource git) {
    return Names.subdomain(
        lastSegment(git.url()), shortVersion(git.version()), Names.hash(Json.canonical(git)));
  }

  private static String name(OciSource oci) {
    return Names.subdomain(
        lastSegment(oci.url()), shortVersion(oci.version()), Names.hash(Json.canonical(oci)));
  }

  private static String name(GitSource git, HelmPackage helm) {
    var chart = chart(helm);
    var folder = lastSegment(chart);
    return Names.subdomain(
        folder.matches("\\.*") ? lastSegment(git.url()) : folder,
        shortVersion(git.version()),
        Names.hash("HelmChart", Json.canonical(git), chart, String.join("\1", helm.valuesFiles())));
  }

  private static GitRepository gitRepository(String namespace, GitSource git) {
    var spec = new GitRepositorySpec();
    spec.setUrl(git.url());
    boolean byTag = git.version().revision() == null || verifiesTag(git);
    var ref = new Ref();
    ref.setTag(git.version().tag());
    ref.setCommit(byTag ? null : git.version().revision());
    spec.setRef(ref);
    spec.setInterval(byTag || !git.include().isEmpty() ? INTERVAL : COMMIT_INTERVAL);
    spec.setTimeout(TIMEOUT);
    spec.setSuspend(false);
    if (git.secretRef() != null) {
      var secretRef = new SecretRef();
      secretRef.setName(git.secretRef().name());
      spec.setSecretRef(secretRef);
    }
    if (git.proxySecretRef() != null) {
      var secretRef = new ProxySecretRef();
      secretRef.setName(git.proxySecretRef().name());
      spec.setProxySecretRef(secretRef);
    }
    spec.setVerify(git.verify());
    spec.setIgnore(git.ignore());
    spec.setRecurseSubmodules(git.recurseSubmodules());
    spec.setSparseCheckout(Lists.nullIfEmpty(git.sparseCheckout()));
    spec.setInclude(Lists.nullIfEmpty(git.include()));

    var repository = new GitRepository();
    repository.setMetadata(metadata(namespace, name(git)));
    if (byTag && git.version().revision() != null) {
      repository.getMetadata().setAnnotations(Map.of(Expansion.COMMIT, git.version().revision()));
    }
    repository.setSpec(spec);
    repository.setStatus(null);
    return repository;
  }

  /** Flux finds the signature of a tag only where it is given the tag and no commit. */
  private static boolean verifiesTag(GitSource git) {
    return git.version().tag() != null
        && git.verify() != null
        && (git.verify().getMode() == Verify.Mode.TAG
            || git.verify().getMode() == Verify.Mode.TAGANDHEAD);
  }

  private static OCIRepository ociRepository(String namespace, OciSource oci) {
    var spec = new OCIRepositorySpec();
    spec.setUrl(oci.url());
    spec.setRef(ref(oci.version()));
    spec.setInterval(INTERVAL);
    spec.setTimeout(TIMEOUT);
    spec.setSuspend(false);
    spec.setProvider(
        Objects.requireNonNullElse(oci.provider(), OCIRepositorySpec.Provider.GENERIC));
    spec.setInsecure(oci.insecure());
    spec.setServiceAccountName(oci.serviceAccountName());
    if (oci.secretRef() != null) {
      var secretRef = new dev.tranche.crd.flux.source.v1.ocirepositoryspec.SecretRef();
      secretRef.setName(oci.secretRef().name());
      spec.setSecretRef(secretRef);
    }
    if (oci.certSecretRef() != null) {
      var secretRef = new CertSecretRef();
      secretRef.setName(oci.certSecretRef().name());
      spec.setCertSecretRef(secretRef);
    }
    if (oci.proxySecretRef() != null) {
      var secretRef = new dev.tranche.crd.flux.source.v1.ocirepositoryspec.ProxySecretRef();
      secretRef.setName(oci.proxySecretRef().name());
      spec.setProxySecretRef(secretRef);
    }
    spec.setLayerSelector(oci.layerSelector());
    spec.setVerify(oci.verify());
    spec.setIgnore(oci.ignore());

    var repository = new OCIRepository();
    repository.setMetadata(metadata(namespace, name(oci)));
    repository.setSpec(spec);
    repository.setStatus(null);
    return repository;
  }

  private static HelmChart helmChart(GitRepository repository, GitSource git, HelmPackage helm) {
    var sourceRef = new SourceRef();
    sourceRef.setKind(SourceRef.Kind.GITREPOSITORY);
    sourceRef.setName(repository.getMetadata().getName());
    var spec = new HelmChartSpec();
    spec.setChart(chart(helm));
    spec.setValuesFiles(Lists.nullIfEmpty(helm.valuesFiles()));
    spec.setVersion("*");
    spec.setSourceRef(sourceRef);
    // The version that a chart states need not change with its content; the commit does.
    spec.setReconcileStrategy(HelmChartSpec.ReconcileStrategy.REVISION);
    spec.setInterval(INTERVAL);
    spec.setSuspend(false);

    var chart = new HelmChart();
    chart.setMetadata(metadata(repository.getMetadata().getNamespace(), name(git, helm)));
    chart.setSpec(spec);
    chart.setStatus(null);
    return chart;
  }

  private static OciSource withLayer(OciSource oci, @Nullable HelmPackage helm) {
    if (helm == null || oci.layerSelector() != null) {
      return oci;
    }
    var layer = new LayerSelector();
    layer.setMediaType(CHART_LAYER);
    layer.setOperation(LayerSelector.Operation.COPY);
    return new OciSource(
        oci.url(),
        oci.version(),
        oci.secretRef(),
        oci.certSecretRef(),
        oci.proxySecretRef(),
        oci.provider(),
        oci.insecure(),
        oci.serviceAccountName(),
        layer,
        oci.verify(),
        oci.ignore(),
        oci.interval());
  }

  private static dev.tranche.crd.flux.source.v1.ocirepositoryspec.Ref ref(OciVersion version) {
    var ref = new dev.tranche.crd.flux.source.v1.ocirepositoryspec.Ref();
    ref.setTag(version.tag());
    ref.setDigest(version.digest());
    return ref;
  }

  private static ObjectMeta metadata(String namespace, String name) {
    return new ObjectMetaBuilder()
        .withNamespace(namespace)
        .withName(name)
        .addToLabels(Expansion.MANAGED_BY, Expansion.MANAGER)
        .build();
  }

  private static String chart(HelmPackage helm) {
    return Objects.requireNonNullElse(helm.chart(), ".");
  }

  private static String shortVersion(GitVersion version) {
    if (version.tag() != null) {
      return version.tag();
    }
    if (version.revision() == null) {
      throw new IllegalArgumentException("a version has a tag or a revision, this one has neither");
    }
    return version.revision().substring(0, Math.min(SHORT_COMMIT, version.revision().length()));
  }

  private static String shortVersion(OciVersion version) {
    if (version.tag() != null) {
      return version.tag();
    }
    if (version.digest() == null) {
      throw new IllegalArgumentException("a version has a tag or a digest, this one has neither");
    }
    var hash = version.digest().substring(version.digest().indexOf(':') + 1);
    return hash.substring(0, Math.min(SHORT_COMMIT, hash.length()));
  }

  private static String lastSegment(String url) {
    String path = url.replaceFirst("[?#].*$", "").replaceFirst("/+$", "");
    return path.substring(path.lastIndexOf('/') + 1).replaceFirst("\\.git$", "");
  }
}
