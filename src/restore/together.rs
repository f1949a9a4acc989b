//! Lost characters that stand near each other: which one each was depends on what the others were, so that all are weighed at once.

use super::{Around, Place, REPORTED, behind};
use crate::codec::Pattern;
use crate::cost::{Cost, NAT};
use crate::decode::{Event, Said};
use crate::hash::Map;
use crate::judge::exp_minus;
use crate::lm::State;
use crate::report::Loss;

/// How far the model is to be believed of them: more than where one is weighed as if all others were known. Of the characters given 0.95 and
/// more, 98 in 100 are right.
const TOGETHER: f64 = 0.8;
/// Rivals of a place that are weighed with those of others: the likeliest given what was read around, and the most frequent.
const RIVALS: usize = 16;
/// What may stand before a place, at most: the likeliest.
const BEFORE: usize = 24;
/// Characters behind the last place that bear upon it.
const BEHIND: usize = 2;

/// The rivals for a place, each with its probability, likeliest first.
pub(crate) type Rivals = Vec<(char, f64)>;

/// One way in which the text up to a place may end.
#[derive(Clone, Copy)]
struct Node {
    c: char,
    state: State,
    /// How probable it is beside the others of its place, by what stands before it; the greatest has 1.
    before: f64,
    /// The same by what stands behind it.
    behind: f64,
}

/// What may stand at one place.
struct Layer {
    /// Its place in what is said.
    k: usize,
    is_lost: bool,
    nodes: Vec<Node>,
    /// From which node of the layer before to which of this one, and how probable that is.
    arcs: Vec<(usize, usize, f64)>,
}

/// What is known of one place.
enum Known {
    /// The character.
    Char(char),
    /// What is left of it, and as what it was read.
    Part(Pattern, Loss, char),
}

impl Around<'_> {
    /// The lost characters from `place` on that bear upon one another, where there are several, each with its rivals.
    pub(crate) fn together(&mut self, place: Place) -> Vec<(usize, Rivals)> {
        let mut end = place.k;
        let mut lost = 0;
        // Two characters that are known keep what stands before them from what stands behind.
        let mut known = 0;
        while known < BEHIND
            && let Some(one) = self.said.get(end).and_then(|said| self.known(said))
        {
            known = match one {
                Known::Char(_) => known + 1,
                Known::Part(..) => 0,
            };
            lost += usize::from(known == 0);
            end += 1;
        }
        if lost < 2 {
            return Vec::new();
        }
        let mut layers = self.layers(place, end);
        self.end(&mut layers, end);
        for k in (1..layers.len()).rev() {
            let (before, layer) = layers.split_at_mut(k);
            let Some(last) = before.last_mut() else { break };
            last.nodes.iter_mut().for_each(|node| node.behind = 0.0);
            for &(from, to, share) in &layer[0].arcs {
                last.nodes[from].behind += share * layer[0].nodes[to].behind;
            }
            scale(last.nodes.iter_mut().map(|node| &mut node.behind));
        }
        layers.iter().filter(|layer| layer.is_lost).map(|layer| (layer.k, layer.rivals())).collect()
    }

    /// What is known of what was said; none where nothing is.
    fn known(&self, said: &Said) -> Option<Known> {
        match said.event {
            Event::Lossy(c, loss, Some(p)) if self.codec.matches(p, c) => Some(Known::Part(p, loss, c)),
            Event::Char(c) | Event::Lossy(c, ..) | Event::Gap(_, _, Some(c)) => Some(Known::Char(c)),
            _ => None,
        }
    }

    /// The layers of `said[place.k..end]`, each weighed by what stands before it.
    fn layers(&mut self, place: Place, end: usize) -> Vec<Layer> {
        let mut place = place;
        let first = Node { c: ' ', state: place.state, before: 1.0, behind: 0.0 };
        let mut layers: Vec<Layer> = Vec::new();
        while place.k < end
            && let Some(known) = self.known(&self.said[place.k])
        {
            let (rivals, read): (Vec<(Cost, char)>, char) = match known {
                Known::Char(c) => (vec![(0, c)], c),
                Known::Part(pattern, loss, c) => (self.rivals(&pattern, loss, place), c),
            };
            let before = layers.last().map_or(std::slice::from_ref(&first), |layer| &layer.nodes[..]);
            layers.push(self.layer(place.k, rivals.len() > 1, before, &rivals));
            place.k += 1;
            place.pass(self.model, Some(read), read);
        }
        layers
    }

    /// Characters that fit `pattern`, each with what it costs beyond what the model takes for it.
    fn rivals(&mut self, pattern: &Pattern, loss: Loss, place: Place) -> Vec<(Cost, char)> {
        let all = self.fits(pattern, loss);
        let mut weighed = self.weighed(&all, place);
        let often = &all[..all.len().min(RIVALS)];
        let mut k = 0;
        weighed.retain(|weighed| {
            k += 1;
            k <= RIVALS || often.contains(&weighed.c)
        });
        weighed.iter().map(|w| (Cost::try_from(w.total - w.model).unwrap_or(Cost::MAX), w.c)).collect()
    }

    /// The layer at `k` where `rivals` may stand, behind the nodes `before`.
    fn layer(&self, k: usize, is_lost: bool, before: &[Node], rivals: &[(Cost, char)]) -> Layer {
        let least = rivals.iter().map(|(cost, _)| *cost).min().unwrap_or(0);
        let mut nodes: Vec<Node> = Vec::new();
        let mut arcs = Vec::new();
        let mut places: Map<(State, char), usize> = Map::default();
        for (from, node) in before.iter().enumerate() {
            for &(beyond, c) in rivals {
                let (cost, state) = self.model.score(node.state, c);
                let share = exp_minus(f64::from((cost + beyond - least).max(0)) * TOGETHER / f64::from(NAT));
                let to = *places.entry((state, c)).or_insert_with(|| {
                    nodes.push(Node { c, state, before: 0.0, behind: 0.0 });
                    nodes.len() - 1
                });
                nodes[to].before += node.before * share;
                arcs.push((from, to, share));
            }
        }
        let mut order: Vec<usize> = (0..nodes.len()).collect();
        order.sort_by(|&a, &b| nodes[b].before.total_cmp(&nodes[a].before).then(a.cmp(&b)));
        order.truncate(BEFORE);
        let mut moved = vec![None; nodes.len()];
        order.iter().enumerate().for_each(|(to, &from)| moved[from] = Some(to));
        arcs.retain_mut(|(_, to, _)| moved[*to].map(|kept| *to = kept).is_some());
        let mut nodes: Vec<Node> = order.iter().map(|&k| nodes[k]).collect();
        scale(nodes.iter_mut().map(|node| &mut node.before));
        Layer { k, is_lost, nodes, arcs }
    }

    /// Weighs the last of the layers by what stands behind `said[..end]`.
    fn end(&self, layers: &mut [Layer], end: usize) {
        let Some(last) = layers.last_mut() else { return };
        let next: Vec<char> =
            end.checked_sub(1).map_or(Vec::new(), |k| self.following(k).take(BEHIND).collect());
        for node in &mut last.nodes {
            let (mut total, mut state) = (0, node.state);
            for &c in &next {
                let (cost, after) = self.model.score(state, c);
                total += behind(c, cost);
                state = after;
            }
            node.behind = exp_minus(f64::from(total.max(0)) * TOGETHER / f64::from(NAT));
        }
        scale(last.nodes.iter_mut().map(|node| &mut node.behind));
    }
}

impl Layer {
    /// The characters that may stand there.
    fn rivals(&self) -> Rivals {
        let mut all: Rivals = Vec::new();
        let sum: f64 = self.nodes.iter().map(|node| node.before * node.behind).sum();
        for node in &self.nodes {
            let share = node.before * node.behind / sum;
            match all.iter_mut().find(|(c, _)| *c == node.c) {
                Some((_, all)) => *all += share,
                None => all.push((node.c, share)),
            }
        }
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        all.truncate(REPORTED);
        all
    }
}

/// Makes the greatest 1.
fn scale<'a>(all: impl Iterator<Item = &'a mut f64>) {
    let mut all: Vec<&mut f64> = all.collect();
    let most = all.iter().map(|share| **share).fold(f64::MIN_POSITIVE, f64::max);
    all.iter_mut().for_each(|share| **share /= most);
}

#[cfg(test)]
mod tests {
    use crate::Repairer;

    /// The more of those near it were lost as well, the less sure a character is.
    #[test]
    fn neighbours_that_were_lost_make_one_another_less_sure() {
        let repairer = Repairer::builder().expect("utf-8>latin-1".parse().expect("a chain")).build();
        // Read as Latin-1, of which 80 to 9F do not show in what was lost.
        let strip = |lost: &str| -> String {
            let mut out = String::new();
            for c in "我们都是中国人民".chars() {
                let bytes = c.to_string().into_bytes().into_iter();
                out.extend(bytes.filter(|b| !lost.contains(c) || !matches!(b, 0x80..=0x9F)).map(char::from));
            }
            out
        };
        let first = |lost: &str| {
            let report = repairer.report(&strip(lost)).repairs;
            report.iter().flat_map(|r| &r.restored).find(|r| r.at == 6).map(|r| r.probability)
        };
        let (alone, beside) = (first("都是"), first("我都是"));
        assert!(beside.is_some() && alone > beside, "{alone:?} {beside:?}");
    }
}
