package dev.tranche.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What every program of a fleet is started with.
 *
 * @param directory the fleet's directory
 * @param tools the programs
 * @param clients the clients of the fleet's own
 * @param etcd the address of the etcd that all API servers share
 */
record Host(FleetDirectory directory, Tools tools, Clients clients, String etcd) {

  /** A program whose log is called after its owner and itself. */
  Program program(
      String owner, String name, Probe probe, Map<String, String> environment, List<String> flags) {
    var temporary = folder("tmp/" + owner + "-" + name);
    var surroundings = new HashMap<>(environment);
    surroundings.put("HOME", temporary.toString());
    surroundings.put("TMPDIR", temporary.toString());
    var command = new ArrayList<>(List.of(tools.path(name).toString()));
    command.addAll(flags);
    var log = directory.logs().resolve(owner + "-" + name + ".log");
    return new Program(owner + "/" + name, command, surroundings, log, probe);
  }

  /** A folder in the fleet's directory, made if it is not there. */
  Path folder(String name) {
    try {
      return Files.createDirectories(directory.path().resolve(name));
    } catch (IOException e) {
      throw new FleetException("cannot make the folder " + name, e);
    }
  }

  /** Writes a file into a folder of the fleet and returns its path. */
  static Path write(Path folder, String name, String content) {
    try {
      return Files.writeString(folder.resolve(name), content);
    } catch (IOException e) {
      throw new FleetException("cannot write " + name, e);
    }
  }
}
