package dev.tranche.demo;

import java.util.List;
import java.util.stream.IntStream;

/** A workload cluster of the demo: its name and what it is labelled with. */
record City(String name, String region) {
  private static final List<City> CITIES =
      List.of(
          new City("paris", "europe"),
          new City("quito", "america"),
          new City("osaka", "asia"),
          new City("lagos", "africa"),
          new City("perth", "oceania"),
          new City("oslo", "europe"),
          new City("lima", "america"),
          new City("busan", "asia"),
          new City("dakar", "africa"),
          new City("nelson", "oceania"));

  /** So many of them, all with different names. */
  static List<City> first(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> {
          var city = CITIES.get(i % CITIES.size());
          var round = i / CITIES.size();
          return round == 0
              ? city
              : new City("%s-%d".formatted(city.name(), round + 1), city.region());
        })
        .toList();
  }
}
