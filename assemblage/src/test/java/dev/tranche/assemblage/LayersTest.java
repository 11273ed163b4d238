package dev.tranche.assemblage;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import io.fabric8.kubernetes.client.CustomResource;

/**
 * What is decided here knows the API types and JSON; what reads and writes an API server stands
 * beside it, and the agent on top. None of it knows who steers it.
 */
@AnalyzeClasses(packages = "dev.tranche.assemblage", importOptions = DoNotIncludeTests.class)
class LayersTest {

  @ArchTest
  static final ArchRule DECIDING_TOUCHES_NO_CLIENT =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.tranche.assemblage",
              "dev.tranche.assemblage.binding..",
              "dev.tranche.assemblage.status..")
          .should()
          .dependOnClassesThat(
              resideInAPackage("io.fabric8.kubernetes.client..")
                  .and(not(type(CustomResource.class))));

  @ArchTest
  static final ArchRule KNOWS_ONLY_THE_LAYER_BELOW =
      classes()
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(
                  "dev.tranche.assemblage..",
                  "dev.tranche.crd..",
                  "java..",
                  "com.fasterxml.jackson..",
                  "io.fabric8..",
                  "io.javaoperatorsdk..",
                  "org.slf4j..",
                  "ch.qos.logback..",
                  "com.sun.net.httpserver..",
                  "picocli..",
                  "org.jspecify.annotations.."));

  @ArchTest
  static final ArchRule NOBODY_NEEDS_THE_AGENT =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.tranche.assemblage.agent..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.tranche.assemblage.agent..");

  @ArchTest
  static final ArchRule HAS_NO_CIRCLES =
      SlicesRuleDefinition.slices()
          .matching("dev.tranche.assemblage.(*)..")
          .should()
          .beFreeOfCycles();
}
