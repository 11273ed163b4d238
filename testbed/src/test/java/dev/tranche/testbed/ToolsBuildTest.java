package dev.tranche.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script that builds the programs, with a stand-in for Go. */
final class ToolsBuildTest {
  private static final String GO =
      """
      #!/usr/bin/env bash
      echo "$*" >>"$TRANCHE_CACHE/calls"
      case "$1 $2" in
        "env GOVERSION") printf '%s\\n' "${GO_VERSION:-go1.26.1}" linux amd64 ;;
        "build -v")
          echo some/package
          if [[ -n ${GO_FAILS:-} ]]; then echo "main.go:1: it does not compile"; exit 1; fi
          while [[ $1 != -o ]]; do shift; done
          mkdir -p "$(dirname "$2")"
          echo program >"$2"
          ;;
        "list -m") mkdir -p "$TRANCHE_CACHE/module/config/crd/bases"
          echo crd >"$TRANCHE_CACHE/module/config/crd/bases/kind.yaml"
          echo "$TRANCHE_CACHE/module"
          ;;
      esac
      """;

  @TempDir private Path folder;
  private Path programs;
  private Path cache;

  @BeforeEach
  void standInForGo() throws IOException {
    programs = Files.createDirectory(folder.resolve("bin"));
    cache = Files.createDirectory(folder.resolve("cache"));
    makeProgram("go", GO);
  }

  @Test
  void buildsEverythingOnce() throws Exception {
    var first = build(List.of());
    assertThat(first.status()).isZero();
    assertThat(first.paths())
        .hasSize(9)
        .allSatisfy(path -> assertThat(Path.of(path)).exists().startsWith(cache));
    assertThat(first.said()).contains("building etcd kubernetes flux cluster-api into");

    Files.delete(cache.resolve("calls"));
    var second = build(List.of());
    assertThat(second.output()).isEqualTo(first.output());
    assertThat(second.said()).isEmpty();
    assertThat(cache.resolve("calls")).content().doesNotContain("build");
  }

  @Test
  void buildsWhatIsAskedFor() throws Exception {
    assertThat(build(List.of(), "etcd").output()).matches("etcd=.*/bin/etcd\n");
    assertThat(build(List.of(), "prometheus").output()).matches("prometheus=.*/bin/prometheus\n");
    assertThat(build(List.of(), "docker").said()).contains("no module is called 'docker'");
  }

  @Test
  void buildsAgainWithAnotherGo() throws Exception {
    var one = build(List.of("GO_VERSION=go1.26.1"), "etcd");
    var other = build(List.of("GO_VERSION=go1.27.0"), "etcd");
    assertThat(other.output()).isNotEqualTo(one.output());
  }

  @Test
  void leavesNothingOfABuildThatFails() throws Exception {
    var failed = build(List.of("GO_FAILS=1"), "etcd");
    assertThat(failed.status()).isNotZero();
    assertThat(failed.output()).isEmpty();
    assertThat(failed.said()).contains("it does not compile").contains("etcd could not be built");
    try (Stream<Path> left = Files.list(cache.resolve("tools"))) {
      assertThat(left.filter(Files::isDirectory)).isEmpty();
    }
    assertThat(build(List.of(), "etcd").status()).isZero();
  }

  @Test
  void twoAtOnceBuildOnce() throws Exception {
    var one = start(List.of(), "etcd");
    var other = start(List.of(), "etcd");
    assertThat(one.waitFor()).isZero();
    assertThat(other.waitFor()).isZero();
    assertThat(Files.readAllLines(cache.resolve("calls")))
        .filteredOn(call -> call.startsWith("build "))
        .hasSize(1);
  }

  @Test
  void saysHowToGetAGoThatIsMissingOrTooOld() throws Exception {
    var old = build(List.of("GO_VERSION=go1.25.9"), "etcd");
    assertThat(old.status()).isNotZero();
    assertThat(old.said()).contains("Go 1.25.9 is too old").contains("install Go 1.26");

    Files.delete(programs.resolve("go"));
    for (var needed : List.of("bash", "dirname")) {
      makeProgram(needed, "#!/bin/sh\nexec " + onPath(needed) + " \"$@\"\n");
    }
    var missing = build(List.of("PATH=" + programs), "etcd");
    assertThat(missing.status()).isNotZero();
    assertThat(missing.said()).contains("Go is missing").contains("install Go 1.26");
  }

  private void makeProgram(String name, String script) throws IOException {
    var program = Files.writeString(programs.resolve(name), script);
    assertThat(program.toFile().setExecutable(true)).isTrue();
  }

  private static Path onPath(String program) {
    return Stream.of(System.getenv("PATH").split(":", -1))
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow();
  }

  private Result build(List<String> environment, String... modules) throws Exception {
    var process = start(environment, modules);
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    var said = new String(process.getErrorStream().readAllBytes(), UTF_8);
    return new Result(process.waitFor(), output, said);
  }

  private Process start(List<String> environment, String... modules) throws IOException {
    var script = Checkout.root().resolve("testbed/tools/build").toString();
    var command = Stream.concat(Stream.of(script), Stream.of(modules)).toList();
    var builder = new ProcessBuilder(command);
    builder.environment().put("PATH", programs + ":" + System.getenv("PATH"));
    builder.environment().put("TRANCHE_CACHE", cache.toString());
    for (var setting : environment) {
      var parts = setting.split("=", 2);
      builder.environment().put(parts[0], parts[1]);
    }
    return builder.start();
  }

  private record Result(int status, String output, String said) {
    List<String> paths() {
      return output.lines().map(line -> line.replaceFirst("^[^=]*=", "")).toList();
    }
  }
}
