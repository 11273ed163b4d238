# Builds a Maven module if needed and runs a class of it; to be sourced.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$root/scripts/lib/requirements.sh"
source "$root/scripts/lib/lock.sh"

# Whether what Maven built of a module is still there, and newer than every source of it and of the modules that it needs.
is_built() {
  local classpath=$root/$1/target/classpath entries entry own sources=("$root/pom.xml" "$root/$1/pom.xml" "$root/$1/src/main")
  [ -s "$classpath" ] && [ -e "$root/$1/target/classes" ] || return 1
  IFS=: read -r -a entries <"$classpath" || true
  for entry in "${entries[@]}"; do
    [ -e "$entry" ] || return 1
    case $entry in
      "$root"/*)
        own=${entry#"$root"/}
        own=$root/${own%%/*}
        sources=("${sources[@]}" "$own/pom.xml" "$own/src/main")
        ;;
    esac
  done
  [ -z "$(find "${sources[@]}" -newer "$classpath" -print 2>/dev/null | head -n 1)" ]
}

# Shows of Maven's output which module it is at, such as "[2/6] Tranche: API types".
show_modules() {
  awk '/^\[INFO\] Building .*\[[0-9]+\/[0-9]+\]$/ {
    at = $NF
    sub(/^\[INFO\] Building /, "")
    sub(/ [^ ]+ +\[[0-9]+\/[0-9]+\]$/, "")
    print "  " at " " $0
    fflush()
  }'
}

build() {
  local module=$1 log=$root/target/build-$1.log begun
  is_built "$module" && return # by the one that was waited for
  echo "Building $module and what it needs; the first time this takes some minutes." >&2
  begun=$(mktemp "$root/target/begun.XXXXXX")
  if ! "$root/scripts/mvn" -B -ntp -pl "$module" -am -DskipTests -Dspotless.check.skip process-classes 2>&1 |
    tee "$log" | show_modules >&2; then
    rm -f "$begun"
    awk '/-> \[Help/ {exit} (/^\[ERROR\]/ || /^\[WARNING\] .*java:/) && !seen[$0]++' "$log" | head -n 20 >&2
    echo "$module could not be built; everything that Maven said is in $log." >&2
    return 1
  fi
  # A source that was changed meanwhile counts as newer than the build.
  touch -r "$begun" "$root/$module/target/classpath"
  rm -f "$begun"
}

# Builds a module where it is not built or a source is newer.
ensure_built() {
  is_built "$1" && return
  require jdk mvn
  mkdir -p "$root/target"
  with_lock "$root/target/build.lock" build "$1"
}

# Replaces the shell by the Java program, so that signals reach it. The array jvm_options may have further options.
# Usage: launch MODULE CLASS ARGUMENTS…
launch() {
  local module=$1 class=$2
  shift 2
  require jdk
  ensure_built "$module"
  exec "$JAVA_HOME/bin/java" --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED \
    ${jvm_options[@]+"${jvm_options[@]}"} \
    -classpath "$root/$module/target/classes:$(cat "$root/$module/target/classpath")" "$class" "$@"
}
