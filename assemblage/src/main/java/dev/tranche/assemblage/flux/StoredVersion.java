package dev.tranche.assemblage.flux;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A version of an object as we write it; an edit of the metadata makes no new generation. */
record StoredVersion(
    String uid,
    long generation,
    @Nullable Map<String, String> labels,
    @Nullable Map<String, String> annotations,
    List<OwnerReference> owners) {

  static StoredVersion of(HasMetadata object) {
    var metadata = object.getMetadata();
    return new StoredVersion(
        metadata.getUid(),
        metadata.getGeneration(),
        metadata.getLabels(),
        metadata.getAnnotations(),
        metadata.getOwnerReferences());
  }
}
