package dev.tranche.assemblage.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tranche.testbed.Hub;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

@FleetTest(flux = false, clusterApi = false)
class ServerSideApplyTest {
  private static final int UNPROCESSABLE = 422;

  @Test
  void aStatusIsWrittenWhateverHasBecomeOfTheSpec(Hub hub, TestNamespace namespace) {
    var client = hub.client();
    var seen = client.resource(quota(namespace, "1")).create();
    client.resource(quota(namespace, "2")).update();
    var written = new ServerSideApply(client, "test").applyStatus(status(seen, null));
    assertThat(written.getStatus().getUsed()).containsEntry("pods", new Quantity("1"));
    assertThat(written.getSpec().getHard()).containsEntry("pods", new Quantity("2"));
  }

  @Test
  void aStatusOfAnotherVersionIsRefusedWhereOneIsGiven(Hub hub, TestNamespace namespace) {
    var client = hub.client();
    var seen = client.resource(quota(namespace, "1")).create();
    client.resource(quota(namespace, "2")).update();
    assertRefused(
        HttpURLConnection.HTTP_CONFLICT,
        () ->
            new ServerSideApply(client, "test")
                .applyStatus(status(seen, seen.getMetadata().getResourceVersion())));
  }

  @Test
  void theStatusOfAnObjectThatWasMadeAgainIsRefused(Hub hub, TestNamespace namespace) {
    var client = hub.client();
    var seen = client.resource(quota(namespace, "1")).create();
    client.resource(seen).delete();
    client.resource(quota(namespace, "1")).create();
    assertRefused(
        UNPROCESSABLE, () -> new ServerSideApply(client, "test").applyStatus(status(seen, null)));
    assertThat(client.resource(seen).get().getStatus().getUsed()).isNullOrEmpty();
  }

  private static void assertRefused(int code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .asInstanceOf(InstanceOfAssertFactories.type(KubernetesClientException.class))
        .extracting(KubernetesClientException::getCode)
        .isEqualTo(code);
  }

  private static ResourceQuota quota(TestNamespace namespace, String pods) {
    return new ResourceQuotaBuilder()
        .withNewMetadata()
        .withNamespace(namespace.name())
        .withName("quota")
        .endMetadata()
        .withNewSpec()
        .withHard(Map.of("pods", new Quantity(pods)))
        .endSpec()
        .build();
  }

  private static ResourceQuota status(ResourceQuota seen, @Nullable String resourceVersion) {
    return new ResourceQuotaBuilder()
        .withNewMetadata()
        .withNamespace(seen.getMetadata().getNamespace())
        .withName(seen.getMetadata().getName())
        .withUid(seen.getMetadata().getUid())
        .withResourceVersion(resourceVersion)
        .endMetadata()
        .withNewStatus()
        .withUsed(Map.of("pods", new Quantity("1")))
        .endStatus()
        .build();
  }
}
