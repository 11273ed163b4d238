package dev.tranche.controlplane;

import dev.tranche.controlplane.notification.Outbox;
import java.net.URI;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the URL of a receiver of events; what is given instead is not repeated. */
final class ReceiverOption implements ITypeConverter<URI> {
  @Override
  public URI convert(String value) {
    try {
      return Outbox.receiver(value);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
