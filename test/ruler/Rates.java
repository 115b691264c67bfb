import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import software.amazon.event.ruler.Machine;

/** How many events the published engine judges in a second of CPU time: reads {"seconds", "events", "sets": [[pattern]]}, writes a line for each set. */
public final class Rates {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final OperatingSystemMXBean SYSTEM = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static long matches;

  private interface Work<Item> {
    void on(Item item) throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    JsonNode asked = JSON.readTree(System.in);
    double seconds = asked.get("seconds").asDouble();
    List<String> texts = new ArrayList<>();
    List<JsonNode> trees = new ArrayList<>();
    for (JsonNode event : asked.get("events")) {
      texts.add(event.asText());
      trees.add(JSON.readTree(event.asText()));
    }
    for (JsonNode set : asked.get("sets")) {
      Machine machine = new Machine();
      int rule = 0;
      for (JsonNode pattern : set) machine.addRule("rule-" + rule++, pattern.asText());
      Work<String> onText = text -> matches += machine.rulesForJSONEvent(text).size();
      Work<JsonNode> onTree = tree -> matches += machine.rulesForJSONEvent(tree).size();
      perSecond(texts, seconds, onText);
      double fromText = perSecond(texts, seconds, onText);
      perSecond(trees, seconds, onTree);
      System.out.println(JSON.createObjectNode().put("fromText", fromText).put("parsed", perSecond(trees, seconds, onTree)));
    }
    if (matches == 0) throw new IllegalStateException("No event matched.");
  }

  private static <Item> double perSecond(List<Item> items, double seconds, Work<Item> work) throws Exception {
    long done = 0;
    long start = SYSTEM.getProcessCpuTime();
    for (;;) {
      for (Item item : items) work.on(item);
      done += items.size();
      long used = SYSTEM.getProcessCpuTime() - start;
      if (used >= seconds * 1e9) return done * 1e9 / used;
    }
  }
}
