package dev.tranche.testbed.junit;

import dev.tranche.testbed.ApiServer;
import dev.tranche.testbed.Hub;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.net.HttpURLConnection;

/**
 * A namespace on the hub for one test.
 *
 * @param hub where it is
 * @param name its name, which no other test has, on the hub or elsewhere
 */
public record TestNamespace(Hub hub, String name) implements AutoCloseable {
  private static final String WITHOUT_FINALIZERS = "{\"metadata\":{\"finalizers\":null}}";

  /** Makes the namespace. */
  public static TestNamespace create(Hub hub, String name) {
    makeOn(hub, name);
    return new TestNamespace(hub, name);
  }

  /** Makes a namespace of the same name on a workload cluster too, and leaves it there. */
  public TestNamespace on(ApiServer cluster) {
    makeOn(cluster, name);
    return this;
  }

  /**
   * Deletes the namespace and all that is in it without waiting for the end. Finalizers of custom
   * resources are removed: those that would see to them, or the clusters that they are about, may
   * be gone with the test.
   */
  @Override
  public void close() {
    var client = hub.client();
    client.apiextensions().v1().customResourceDefinitions().list().getItems().stream()
        .filter(crd -> crd.getSpec().getScope().equals("Namespaced"))
        .map(TestNamespace::context)
        .map(context -> client.genericKubernetesResources(context).inNamespace(name))
        .filter(resources -> !resources.list().getItems().isEmpty())
        .forEach(TestNamespace::deleteWithoutFinalizers);
    client.namespaces().withName(name).delete();
  }

  private static void deleteWithoutFinalizers(
      NonNamespaceOperation<
              GenericKubernetesResource,
              GenericKubernetesResourceList,
              Resource<GenericKubernetesResource>>
          resources) {
    // Deleted first, so that no controller puts its finalizer back.
    resources.delete();
    for (var resource : resources.list().getItems()) {
      try {
        resources
            .withName(resource.getMetadata().getName())
            .patch(PatchContext.of(PatchType.JSON_MERGE), WITHOUT_FINALIZERS);
      } catch (KubernetesClientException e) {
        // Its own controller may have been faster.
        if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
          throw e;
        }
      }
    }
  }

  private static void makeOn(ApiServer cluster, String name) {
    cluster
        .client()
        .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
        .serverSideApply();
  }

  private static ResourceDefinitionContext context(CustomResourceDefinition crd) {
    var served =
        crd.getSpec().getVersions().stream()
            .filter(version -> version.getStorage())
            .findFirst()
            .orElseThrow();
    return new ResourceDefinitionContext.Builder()
        .withGroup(crd.getSpec().getGroup())
        .withVersion(served.getName())
        .withKind(crd.getSpec().getNames().getKind())
        .withPlural(crd.getSpec().getNames().getPlural())
        .withNamespaced(true)
        .build();
  }
}
