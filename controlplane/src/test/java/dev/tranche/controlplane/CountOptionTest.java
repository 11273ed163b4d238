package dev.tranche.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class CountOptionTest {
  private final CountOption option = new CountOption();

  @Test
  void countsFromOne() {
    assertThat(option.convert("1")).isOne();
    assertThat(option.convert("64")).isEqualTo(64);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "", "four", "2.5", "99999999999"})
  void refusesAllElse(String value) {
    assertThatThrownBy(() -> option.convert(value))
        .isInstanceOf(TypeConversionException.class)
        .hasMessage("'%s' is no number from 1 on", value);
  }
}
