package dev.tranche.crd;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/**
 * Reading that forgives what it does not know, as Kubernetes clients must: a field or an enum value
 * that a newer version added is left out instead of stopping the informer that meets it.
 *
 * <p>So an object read with it may lack what the API server holds: never send one back whole, only
 * apply or patch the fields that are ours.
 */
public final class LenientSerialization {
  private LenientSerialization() {}

  /**
   * A new serialization; share one for a whole process, since its caches take more than a megabyte.
   */
  public static KubernetesSerialization create() {
    return new KubernetesSerialization(
        JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.READ_UNKNOWN_ENUM_VALUES_AS_NULL)
            .build(),
        true);
  }
}
