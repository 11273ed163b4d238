package dev.tranche.assemblage.process;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import java.util.Objects;
import org.slf4j.LoggerFactory;

/** Forms of log lines. */
public enum LogFormat {
  /** One line for people, which is what there is from the start. */
  TEXT,
  /** One JSON object a line. */
  JSON;

  /** Has all lines from now on in this form. */
  public void use() {
    if (this == TEXT) {
      return;
    }
    var context = (LoggerContext) LoggerFactory.getILoggerFactory();
    var configurator = new JoranConfigurator();
    configurator.setContext(context);
    context.reset();
    try {
      configurator.doConfigure(
          Objects.requireNonNull(LogFormat.class.getResource("/log-json.xml")));
    } catch (JoranException e) {
      throw new IllegalStateException("the log configuration is part of the program", e);
    }
  }
}
