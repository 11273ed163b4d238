@NullMarked
package dev.tranche.controlplane.notification;

import org.jspecify.annotations.NullMarked;
