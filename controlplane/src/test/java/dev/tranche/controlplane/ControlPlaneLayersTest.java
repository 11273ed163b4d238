package dev.tranche.controlplane;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;

/** Dependencies point one way: control plane, then rollout and assemblage, then the API types. */
@AnalyzeClasses(
    packages = {
      "dev.tranche.controlplane",
      "dev.tranche.assemblage",
      "dev.tranche.rollout",
      "dev.tranche.crd.v1alpha1"
    },
    importOptions = DoNotIncludeTests.class)
class ControlPlaneLayersTest {
  private static final String CONTROL_PLANE = "dev.tranche.controlplane..";
  private static final String MODULE = "dev.tranche.controlplane.module..";
  private static final String ASSIGNMENT = "dev.tranche.controlplane.assignment..";
  private static final String CLUSTER = "dev.tranche.controlplane.cluster..";
  private static final String REMOTE_ASSEMBLAGE = "dev.tranche.controlplane.remoteassemblage..";
  private static final String CONNECTION = "dev.tranche.controlplane.connection..";
  private static final String PROXY_ASSEMBLAGE = "dev.tranche.controlplane.proxyassemblage..";
  private static final String FLUX = "dev.tranche.crd.flux..";

  @ArchTest
  static final ArchRule ROLLOUT_NEEDS_ONLY_THE_JDK =
      classes()
          .that()
          .resideInAPackage("dev.tranche.rollout..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("dev.tranche.rollout..", "java..", "org.jspecify.annotations..");

  @ArchTest
  static final ArchRule API_TYPES_KNOW_NOBODY =
      noClasses()
          .that()
          .resideInAPackage("dev.tranche.crd..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.tranche.assemblage..", "dev.tranche.rollout..", CONTROL_PLANE);

  @ArchTest
  static final ArchRule ASSEMBLAGE_KNOWS_NOBODY_WHO_STEERS_IT =
      noClasses()
          .that()
          .resideInAPackage("dev.tranche.assemblage..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.tranche.rollout..", CONTROL_PLANE);

  @ArchTest
  static final ArchRule NOTHING_THAT_SHIPS_USES_THE_TESTBED =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.tranche.testbed..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.tranche.testbed..");

  @ArchTest
  static final ArchRule ONLY_ASSEMBLAGES_TURN_INTO_FLUX_OBJECTS =
      noClasses()
          .that()
          .resideInAPackage(CONTROL_PLANE)
          .and()
          .resideOutsideOfPackage(REMOTE_ASSEMBLAGE)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(FLUX);

  @ArchTest
  static final ArchRule ASSEMBLAGES_KNOW_NO_MODULES =
      noClasses()
          .that()
          .resideInAPackage(REMOTE_ASSEMBLAGE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(MODULE, "dev.tranche.rollout..");

  @ArchTest
  static final ArchRule ASSIGNMENTS_KNOW_NO_MODULES =
      noClasses()
          .that()
          .resideInAPackage(ASSIGNMENT)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(MODULE, REMOTE_ASSEMBLAGE, "dev.tranche.rollout..");

  @ArchTest
  static final ArchRule MODULES_KNOW_NO_REMOTE_ASSEMBLAGE_CONTROLLER =
      noClasses()
          .that()
          .resideInAPackage(MODULE)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(REMOTE_ASSEMBLAGE);

  @ArchTest
  static final ArchRule CLUSTERS_KNOW_NOBODY_WHO_USES_THEM =
      noClasses()
          .that()
          .resideInAPackage(CLUSTER)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(MODULE, ASSIGNMENT, REMOTE_ASSEMBLAGE, "dev.tranche.rollout..");

  @ArchTest
  static final ArchRule PROXY_ASSEMBLAGES_KNOW_NO_MODULES =
      noClasses()
          .that()
          .resideInAPackage(PROXY_ASSEMBLAGE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(MODULE, ASSIGNMENT, REMOTE_ASSEMBLAGE, "dev.tranche.rollout..");

  @ArchTest
  static final ArchRule CONNECTIONS_KNOW_NOT_WHAT_THEY_ARE_USED_FOR =
      noClasses()
          .that()
          .resideInAPackage(CONNECTION)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              MODULE, ASSIGNMENT, REMOTE_ASSEMBLAGE, PROXY_ASSEMBLAGE, "dev.tranche.rollout..");

  @ArchTest
  static final ArchRule ONLY_CONNECTIONS_KNOW_THEIR_HTTP_STACK =
      noClasses()
          .that()
          .resideInAPackage(CONTROL_PLANE)
          .and()
          .resideOutsideOfPackage(CONNECTION)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.vertx..", "io.netty..");

  @ArchTest
  static final ArchRule HAS_NO_CIRCLES =
      SlicesRuleDefinition.slices()
          .matching("dev.tranche.controlplane.(*)..")
          .should()
          .beFreeOfCycles();
}
