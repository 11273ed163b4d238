package dev.tranche.assemblage.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.testbed.Hub;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

@FleetTest(flux = false, clusterApi = false)
class ObjectCacheTest {
  @Test
  void ownWritesAreSeenAtOnceAndDeletionsAreBelieved(Hub hub, TestNamespace namespace) {
    var client = hub.client();
    var key = new ObjectKey(namespace.name(), "settings");
    try (var cache =
        ObjectCache.of(client, ConfigMap.class, new Namespaces(Set.of(namespace.name())))
            .indexed(Map.of("size", object -> List.of(String.valueOf(object.getData().size()))))
            .build()) {
      cache.start();
      Awaitility.await().until(cache::synced);
      var created = client.resource(configMap(key, "one")).create();
      cache.wrote(created);
      assertThat(cache.find(key))
          .hasValueSatisfying(found -> assertThat(found.getData()).containsEntry("word", "one"));

      // A write by somebody else is newer than ours.
      client.resource(configMap(key, "two")).update();
      eventually(() ->
          assertThat(cache.find(key))
              .hasValueSatisfying(
                  found -> assertThat(found.getData()).containsEntry("word", "two")));
      assertThat(cache.byIndex("size", "1"))
          .anyMatch(found -> found.getMetadata().getName().equals("settings"));

      // The answer to an old write that arrives late changes nothing.
      cache.wrote(created);
      assertThat(cache.find(key))
          .hasValueSatisfying(found -> assertThat(found.getData()).containsEntry("word", "two"));

      client.configMaps().inNamespace(key.namespace()).withName(key.name()).delete();
      eventually(() -> assertThat(cache.find(key)).isEmpty());
      cache.wrote(created);
      assertThat(cache.find(key)).isEmpty();
    }
  }

  private static void eventually(org.awaitility.core.ThrowingRunnable assertion) {
    Awaitility.await().atMost(Duration.ofSeconds(10)).untilAsserted(assertion);
  }

  private static ConfigMap configMap(ObjectKey key, String word) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace(key.namespace())
        .withName(key.name())
        .endMetadata()
        .withData(Map.of("word", word))
        .build();
  }
}
