import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;
import software.amazon.event.ruler.MachineComplexityEvaluator;
import software.amazon.event.ruler.Patterns;

/**
 * What the rule engine that AWS publishes says of patterns and events: one JSON object a line in, {"pattern", "event"} with the
 * two as texts, and one out: {"error"} with its reason for refusing the pattern, or {"matches", "legacy", "separately", "complexity"}: its
 * verdict, that of its older way to match, that of asking for each combination of single values on its own (which has to be the
 * same, as the values of a list are alternatives), and what it thinks of the wildcards. {"fault"} if it breaks.
 */
public final class Judge {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] arguments) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, false, "UTF-8");
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonNode asked = JSON.readTree(line);
      out.println(JSON.writeValueAsString(judge(asked.get("pattern").asText(), asked.get("event").asText())));
    }
    out.flush();
  }

  private static ObjectNode judge(String pattern, String event) {
    ObjectNode answer = JSON.createObjectNode();
    String error = JsonRuleCompiler.check(pattern);
    if (error != null) return answer.put("error", error);
    try {
      Machine machine = machineOf(pattern, true);
      answer.put("complexity", machine.evaluateComplexity(new MachineComplexityEvaluator(100)));
      answer.put("matches", !machine.rulesForJSONEvent(event).isEmpty());
      answer.put("legacy", !machineOf(pattern, false).rulesForJSONEvent(event).isEmpty());
      answer.put("separately", matchesSeparately(pattern, event));
    } catch (Throwable fault) {
      answer.put("fault", fault.toString());
    }
    return answer;
  }

  private static boolean matchesSeparately(String pattern, String event) throws Exception {
    for (Map<String, List<Patterns>> rule : JsonRuleCompiler.compile(pattern)) {
      List<Map<String, List<Patterns>>> combinations = List.of(Map.of());
      for (Map.Entry<String, List<Patterns>> field : rule.entrySet()) {
        List<Map<String, List<Patterns>>> longer = new ArrayList<>();
        for (Map<String, List<Patterns>> combination : combinations) {
          for (Patterns value : field.getValue()) {
            Map<String, List<Patterns>> next = new HashMap<>(combination);
            next.put(field.getKey(), List.of(value));
            longer.add(next);
          }
        }
        combinations = longer;
      }
      for (Map<String, List<Patterns>> combination : combinations) {
        Machine machine = new Machine();
        machine.addPatternRule("rule", combination);
        if (!machine.rulesForJSONEvent(event).isEmpty()) return true;
      }
    }
    return false;
  }

  private static Machine machineOf(String pattern, boolean structured) throws Exception {
    Machine machine = Machine.builder().withStructuredMatching(structured).build();
    for (Map<String, List<Patterns>> rule : JsonRuleCompiler.compile(pattern)) machine.addPatternRule("rule", rule);
    return machine;
  }
}
