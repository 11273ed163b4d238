/** Shares one fleet among all tests of a JVM, and gives each test a namespace of its own. */
@NullMarked
package dev.tranche.testbed.junit;

import org.jspecify.annotations.NullMarked;
