# One at a time; to be sourced.

# Runs a command while nobody else runs one under the same lock, and says so where that takes waiting.
# Usage: with_lock FILE COMMAND ARGUMENTS…
with_lock() {
  local lock=$1 holder told= status=0
  shift
  if command -v flock >/dev/null; then
    exec 9>"$lock"
    flock -n 9 || {
      echo "Another build is running; waiting for it." >&2
      flock 9
    }
    "$@" 9>&- || status=$?
    exec 9>&-
    return $status
  fi
  # macOS has no flock: a folder is made by one only. A holder that died does not count.
  until mkdir "$lock.d" 2>/dev/null; do
    holder=$(cat "$lock.d/pid" 2>/dev/null || true)
    if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then
      rm -rf "$lock.d"
      continue
    fi
    [ -n "$told" ] || echo "Another build is running; waiting for it." >&2
    told=1
    sleep 1
  done
  echo $$ >"$lock.d/pid"
  "$@" || status=$?
  rm -rf "$lock.d"
  return $status
}
