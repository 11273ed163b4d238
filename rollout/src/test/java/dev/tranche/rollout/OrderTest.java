package dev.tranche.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OrderTest {
  private static List<String> order(Fleet fleet) {
    fleet.maxUnready = new Share.Count(1);
    var order = new ArrayList<String>();
    while (true) {
      var plan = fleet.step();
      var next = plan.clusters().stream().filter(c -> c.assign() != null).findFirst();
      if (next.isEmpty()) {
        return order;
      }
      order.add(next.get().cluster());
      fleet.succeed(next.get().cluster());
    }
  }

  @Test
  void byName() {
    assertThat(order(Fleet.of("b", "c", "a"))).containsExactly("a", "b", "c");
  }

  @Test
  void clustersNeedNotComeInTheOrderOfTheirNames() {
    var fleet = Fleet.of("a", "b");
    fleet.maxUnready = new Share.Count(1);
    fleet.plan();
    var state = fleet.world.read(fleet.world.read().clusters().reversed());
    assertThat(Fleet.assignments(RolloutPlanner.plan(state))).containsExactly("a=v1");
  }

  @Test
  void byTheSizeOfALabelThenByItsWordsThenWithoutIt() {
    var fleet =
        Fleet.of("a", "b", "c", "d", "e", "f", "g")
            .labels("b", "rank", "x")
            .labels("c", "rank", "10")
            .labels("d", "rank", "9")
            .labels("e", "rank", "-1")
            .labels("f", "rank", "9")
            .labels("g", "rank", "b");
    fleet.order = new Order.ByLabel("rank");
    assertThat(order(fleet)).containsExactly("e", "d", "f", "c", "g", "b", "a");
  }

  @Test
  void atRandomButAlwaysTheSameForOneRevision() {
    var names = new String[] {"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7"};
    var orders = new ArrayList<List<String>>();
    for (var revision : List.of("v1", "v1", "v2", "v3")) {
      var fleet = Fleet.of(names);
      fleet.order = new Order.Random();
      fleet.world.target = revision;
      orders.add(order(fleet));
    }
    assertThat(orders.get(0)).isEqualTo(orders.get(1)).containsExactlyInAnyOrder(names);
    assertThat(orders.subList(1, 4)).doesNotHaveDuplicates();
    assertThat(orders).noneMatch(order -> order.equals(List.of(names)));
    // A change of these would turn the order of every rollout that is underway.
    assertThat(orders.get(0)).containsExactly("a4", "a0", "a6", "a7", "a1", "a5", "a2", "a3");
  }

  @Test
  void atRandomFromOneRevisionToTheNextEveryClusterCanComeFirst() {
    var firsts =
        IntStream.range(0, 64)
            .mapToObj(i -> {
              var fleet = Fleet.of("a", "b", "c", "d");
              fleet.order = new Order.Random();
              fleet.world.target = "v" + (i + 1);
              fleet.maxUnready = new Share.Count(1);
              return fleet.assigned().stream().map(s -> s.substring(0, 1)).toList();
            })
            .distinct()
            .toList();
    assertThat(firsts).hasSize(4);
  }

  @Test
  void whatIsOutOfTurnComesFirst() {
    var fleet = Fleet.of("a", "b");
    fleet.maxUnready = new Share.Count(1);
    fleet.world.progress = fleet.plan().progress();
    fleet.joins("z", Map.of());
    assertThat(fleet.assigned()).containsExactly("z=v0");
  }
}
