package dev.tranche.testbed.junit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Runs the tests of a class on a {@link dev.tranche.testbed.Fleet} that all such classes of the JVM
 * share, with the checkout's own CRDs on its hub. Tests take as parameters
 *
 * <ul>
 *   <li>the {@code Fleet}; workload clusters that a test starts on it end with the test,
 *   <li>a {@link TestNamespace} of its own on the hub, which ends with the test,
 *   <li>the {@code Hub} and the {@code GitServer} of the fleet.
 * </ul>
 *
 * When a test fails, the logs of the fleet's programs are copied into {@code target/fleet-logs}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Tag("fleet")
@Execution(ExecutionMode.SAME_THREAD)
@ExtendWith(FleetExtension.class)
public @interface FleetTest {
  /**
   * Whether Flux runs on the hub; without it the class shares another fleet, whose hub has none.
   */
  boolean flux() default true;

  /** Whether Flux's helm-controller runs beside Flux's other controllers. */
  boolean helm() default false;

  /** Whether Cluster API's manager runs on the hub. */
  boolean clusterApi() default true;
}
