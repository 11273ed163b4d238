# Finds a JDK 25; to be sourced.

jdk_version() {
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null
}

# Prints the home of a JDK 25: $JAVA_HOME where it is one, else the usual folders of Linux, macOS, SDKMAN and JetBrains.
find_jdk() {
  local home
  for home in "${JAVA_HOME:-/nonexistent}" /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home "$HOME"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*; do
    if [ -x "$home/bin/javac" ] && [ "$(jdk_version "$home")" = 25 ]; then
      printf '%s\n' "$home"
      return 0
    fi
  done
  return 1
}

# Exports JAVA_HOME, or says what is missing and ends.
require_jdk() {
  JAVA_HOME=$(find_jdk) || {
    echo "A JDK 25 is missing: install one (for example Eclipse Temurin 25, or 'sdk install java 25-tem') or set JAVA_HOME to it." >&2
    exit 1
  }
  export JAVA_HOME
}
