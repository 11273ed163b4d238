package dev.tranche.rollout;

/**
 * Why something is as it is.
 *
 * @param code a stable word in CamelCase
 * @param message a sentence for people
 */
public record Reason(String code, String message) {}
