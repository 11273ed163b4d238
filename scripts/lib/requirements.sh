# Finds the tools that building and running need; to be sourced.

# Prints the home of a JDK 25: $JAVA_HOME where it is one, else the usual folders of Linux, macOS, SDKMAN and JetBrains.
find_jdk() {
  local home
  for home in "${JAVA_HOME:-/nonexistent}" /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home "${HOME:-}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/*; do
    if [ -x "$home/bin/javac" ] && grep -q '^JAVA_VERSION="25[."]' "$home/release" 2>/dev/null; then
      printf '%s\n' "$home"
      return 0
    fi
  done
  return 1
}

# Whether Go is 1.26 or newer; a version of Go under development counts as new.
has_go() {
  local version
  version=$(cd / && GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) || return 1
  case $version in
    go1.*)
      version=${version#go1.}
      [ "${version%%[!0-9]*}" -ge 26 ]
      ;;
  esac
}

how_to_get() {
  case $1 in
    jdk) echo "JDK 25: install one (for example Eclipse Temurin 25, or 'sdk install java 25-tem'), or set JAVA_HOME to it" ;;
    mvn) echo "Maven 3.8 or newer: 'apt-get install maven', 'brew install maven', or https://maven.apache.org" ;;
    git) echo "git: 'apt-get install git', 'brew install git', or https://git-scm.com" ;;
    go) echo "Go 1.26 or newer: https://go.dev/dl or 'brew install go', with 'go' on the PATH" ;;
  esac
}

# Exports JAVA_HOME where a JDK is asked for; names everything that is missing and ends.
# Usage: require [jdk] [mvn] [git] [go]
require() {
  local tool missing=
  for tool in "$@"; do
    case $tool in
      jdk) JAVA_HOME=$(find_jdk) && export JAVA_HOME ;;
      go) has_go ;;
      *) command -v "$tool" >/dev/null ;;
    esac || missing="$missing
  - $(how_to_get "$tool")"
  done
  [ -z "$missing" ] && return
  echo "This needs what is not installed here:$missing" >&2
  exit 1
}
