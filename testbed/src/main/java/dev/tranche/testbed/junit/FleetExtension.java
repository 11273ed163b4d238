package dev.tranche.testbed.junit;

import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.Hub;
import dev.tranche.testbed.git.GitServer;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** Keeps the fleets of a JVM, and what one test has on them. */
final class FleetExtension
    implements BeforeAllCallback,
        AfterAllCallback,
        BeforeEachCallback,
        AfterEachCallback,
        ParameterResolver {
  private static final Namespace STORE = Namespace.create(FleetExtension.class);
  private static final Set<Class<?>> PARAMETERS =
      Set.of(Fleet.class, Hub.class, GitServer.class, TestNamespace.class);

  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    openScope(context);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    openScope(context);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    end(context);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    end(context);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return PARAMETERS.contains(parameter.getParameter().getType());
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    var fleet = fleet(context);
    var type = parameter.getParameter().getType();
    if (type == Fleet.class) {
      return fleet;
    } else if (type == Hub.class) {
      return fleet.hub();
    } else if (type == GitServer.class) {
      return fleet.git();
    }
    return store(context)
        .computeIfAbsent(
            TestNamespace.class,
            key -> TestNamespace.create(fleet.hub(), TestNames.next(context)),
            TestNamespace.class);
  }

  private static void openScope(ExtensionContext context) {
    store(context).put(Fleet.Scope.class, fleet(context).scope());
  }

  private static void end(ExtensionContext context) {
    if (context.getExecutionException().isPresent()) {
      keepLogs(context);
    }
    var namespace = store(context).remove(TestNamespace.class, TestNamespace.class);
    if (namespace != null) {
      namespace.close();
    }
    var scope = store(context).remove(Fleet.Scope.class, Fleet.Scope.class);
    if (scope != null) {
      scope.close();
    }
  }

  private static void keepLogs(ExtensionContext context) {
    var folder = Path.of("target", "fleet-logs", TestNames.readable(context)).toAbsolutePath();
    fleet(context).copyLogs(folder);
    System.err.println("What the programs of the fleet said is in " + folder);
  }

  private static Store store(ExtensionContext context) {
    return context.getStore(Namespace.create(FleetExtension.class, context.getUniqueId()));
  }

  private static Fleet fleet(ExtensionContext context) {
    var options =
        AnnotationSupport.findAnnotation(
                context.getRequiredTestClass(), FleetTest.class, context.getEnclosingTestClasses())
            .orElseThrow();
    // The root's store is closed, and with it the fleets in it, when all tests have run.
    return context
        .getRoot()
        .getStore(STORE)
        .computeIfAbsent(options, FleetExtension::start, Fleet.class);
  }

  private static Fleet start(FleetTest options) {
    return Fleet.builder()
        .flux(options.flux())
        .helm(options.helm())
        .clusterApi(options.clusterApi())
        .manifests(Path.of("deploy", "crds"))
        .progress(System.err::println)
        .start();
  }
}
