package dev.tranche.assemblage.status;

/**
 * What the API server answered to the last write of an object.
 *
 * @param uid of the object that was written
 * @param generation of its spec
 */
public record Written(String uid, long generation) {}
