package dev.tranche.crd.generation;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import dev.tranche.crd.v1alpha1.Assemblage;
import dev.tranche.crd.v1alpha1.BootstrapModule;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.ProxyAssemblage;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.crd.v1alpha1.RolloutApproval;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import io.fabric8.kubernetes.client.CustomResource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Writes one CRD a kind and the reference page. */
public final class WriteCrds {
  private static final List<Class<? extends CustomResource<?, ?>>> KINDS =
      List.of(
          Module.class,
          BootstrapModule.class,
          RemoteAssemblage.class,
          ProxyAssemblage.class,
          Assemblage.class,
          RolloutApproval.class);

  private WriteCrds() {}

  /**
   * Writes them.
   *
   * @param args the folder for the CRDs, and the file for the reference page
   */
  public static void main(String[] args) throws IOException {
    var crds = Path.of(args[0]);
    var reference = Path.of(args[1]);
    Files.createDirectories(crds);
    Files.createDirectories(Objects.requireNonNull(reference.toAbsolutePath().getParent()));
    new CRDGenerator()
        .customResourceClasses(List.copyOf(KINDS))
        .inOutputDir(crds.toFile())
        .withMinQuotes(true)
        .withPostProcessor(new Finish())
        .detailedGenerate();
    var names = KINDS.stream().map(HasMetadata::getFullResourceName).toList();
    for (var name : names) {
      Files.move(
          crds.resolve(name + "-v1.yml"),
          crds.resolve(name + ".yaml"),
          StandardCopyOption.REPLACE_EXISTING);
    }
    Files.writeString(reference, Reference.of(crds, names));
  }

  /** Puts right what the generator cannot express. */
  private static final class Finish implements CRDPostProcessor {
    private final List<Class<? extends CustomResource<?, ?>>> kinds = KINDS;

    @Override
    public HasMetadata process(HasMetadata resource, String crdSpecVersion) {
      var crd = (CustomResourceDefinition) resource;
      var kind =
          kinds.stream()
              .filter(type -> HasMetadata.getKind(type).equals(crd.getSpec().getNames().getKind()))
              .findFirst()
              .orElseThrow();
      for (var version : crd.getSpec().getVersions()) {
        var schema = version.getSchema().getOpenAPIV3Schema();
        schema.setDescription(
            Objects.requireNonNull(kind.getAnnotation(JsonClassDescription.class)).value());
        finish(schema);
        Conditions.describe(Schemas.property(Schemas.property(schema, "status"), "conditions"));
        orderColumns(version, kind);
      }
      return crd;
    }

    private static void orderColumns(CustomResourceDefinitionVersion version, Class<?> kind) {
      var order =
          Arrays.stream(kind.getAnnotationsByType(AdditionalPrinterColumn.class))
              .map(AdditionalPrinterColumn::name)
              .toList();
      version
          .getAdditionalPrinterColumns()
          .sort(Comparator.comparingInt(column -> order.indexOf(column.getName())));
    }

    private static void finish(JSONSchemaProps schema) {
      if (schema.getXKubernetesValidations() != null) {
        // A rule on a record component is emitted for the field and again for its accessor.
        var rules =
            schema.getXKubernetesValidations().stream()
                .collect(
                    Collectors.toMap(
                        ValidationRule::getRule,
                        Function.identity(),
                        (first, again) -> first,
                        LinkedHashMap::new));
        schema.setXKubernetesValidations(new ArrayList<>(rules.values()));
      }
      if (schema.getXKubernetesListMapKeys() != null
          && !schema.getXKubernetesListMapKeys().isEmpty()) {
        var item = schema.getItems().getSchema();
        var required = new TreeSet<>(item.getRequired() == null ? List.of() : item.getRequired());
        required.addAll(schema.getXKubernetesListMapKeys());
        item.setRequired(new ArrayList<>(required));
      }
      if (schema.getProperties() != null) {
        schema.getProperties().values().forEach(Finish::finish);
      }
      if (schema.getItems() != null && schema.getItems().getSchema() != null) {
        finish(schema.getItems().getSchema());
      }
      if (schema.getAdditionalProperties() != null
          && schema.getAdditionalProperties().getSchema() != null) {
        finish(schema.getAdditionalProperties().getSchema());
      }
    }
  }
}
