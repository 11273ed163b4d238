/** Maintenance windows, as people write them: a cron schedule, a duration and a time zone. */
@NullMarked
package dev.tranche.controlplane.window;

import org.jspecify.annotations.NullMarked;
