package dev.tranche.demo;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A workload cluster of the demo: its name, its region, and whether versions are tried there. */
record City(String name, String region, boolean canary) {
  private static final List<City> CITIES =
      List.of(
          new City("paris", "europe", true),
          new City("quito", "america", false),
          new City("osaka", "asia", false),
          new City("lagos", "africa", false),
          new City("perth", "oceania", false),
          new City("oslo", "europe", false),
          new City("lima", "america", false),
          new City("busan", "asia", false),
          new City("dakar", "africa", false),
          new City("nelson", "oceania", false));

  /** So many of them, all with different names; the first is the canary. */
  static List<City> first(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> {
          var city = CITIES.get(i % CITIES.size());
          var round = i / CITIES.size();
          return round == 0
              ? city
              : new City("%s-%d".formatted(city.name(), round + 1), city.region(), false);
        })
        .toList();
  }

  /** The labels of its Cluster, by which modules and stages select it. */
  List<String> labels() {
    return Stream.concat(
            Stream.of("env=demo", "region=" + region),
            canary ? Stream.of("ring=canary") : Stream.empty())
        .toList();
  }
}
