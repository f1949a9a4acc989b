//! Steps and chains of damage.

use std::fmt;
use std::str::FromStr;

use crate::codec::Codec;
use crate::error::Error;

/// Bytes written in one codec and read with another.
///
/// It prints and parses as `truth>misread`:
///
/// ```
/// let step: luanma::Step = "utf-8>gbk".parse()?;
/// assert_eq!(step.truth.name(), "utf-8");
/// assert_eq!(step.misread.name(), "gbk");
/// # Ok::<(), luanma::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    /// The codec that the bytes were written in.
    pub truth: Codec,
    /// The codec that they were read with.
    pub misread: Codec,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}>{}", self.truth, self.misread)
    }
}

impl FromStr for Step {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::chain("a step is empty; write `truth>misread`, as in `utf-8>gbk`"));
        }
        let Some((truth, misread)) = text.split_once('>') else {
            return Err(Error::chain(format_args!(
                "`{text}` is not a step: `>` is missing between what the text was written in and what it was read with"
            )));
        };
        if misread.contains('>') {
            return Err(Error::chain(format_args!(
                "`{text}` has more than one `>`; a comma stands between steps"
            )));
        }
        let codec = |label: &str, side: &str| {
            let label = label.trim();
            if label.is_empty() {
                return Err(Error::chain(format_args!("`{text}` names no codec {side} `>`")));
            }
            Codec::from_label(label)
                .ok_or_else(|| Error::chain(format_args!("`{text}`: there is no codec `{label}`")))
        };
        Ok(Self { truth: codec(truth, "before")?, misread: codec(misread, "after")? })
    }
}

/// One to four steps, in the order in which the damage happened.
///
/// `utf-8>gbk` says that UTF-8 was read as GBK; in `utf-8>cp1252,utf-8>cp1252` it was read as Windows-1252,
/// saved as UTF-8, and read as Windows-1252 once more.
///
/// A chain only knows the damage that loses nothing. [`Repairer`](crate::Repairer) also undoes damage that lost
/// bytes and finds the chain by itself; the module `garble` (feature `garble`) makes damage with losses.
///
/// ```
/// use luanma::Chain;
///
/// let chain: Chain = "utf-8>gbk".parse()?;
/// assert_eq!(chain.garble("文字").as_deref(), Some("鏂囧瓧"));
/// assert_eq!(chain.undo("鏂囧瓧").as_deref(), Some("文字"));
/// assert_eq!(chain.to_string(), "utf-8>gbk");
/// # Ok::<(), luanma::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Chain {
    len: u8,
    /// What lies beyond `len` repeats the first step, so that the derived comparisons are right.
    steps: [Step; Chain::MAX_STEPS],
}

impl Chain {
    /// The greatest number of steps.
    pub const MAX_STEPS: usize = 4;

    /// The chain of these steps, the first damage first.
    ///
    /// # Errors
    ///
    /// If there is no step or there are more than [`Chain::MAX_STEPS`].
    pub fn new(steps: &[Step]) -> Result<Self, Error> {
        let (Some(&first), Ok(len)) = (steps.first(), u8::try_from(steps.len())) else {
            return Err(Error::chain("a chain has at least one step, as in `utf-8>gbk`"));
        };
        if steps.len() > Self::MAX_STEPS {
            return Err(Error::chain(format_args!(
                "{} steps are too many; a chain has at most {}",
                steps.len(),
                Self::MAX_STEPS
            )));
        }
        let mut all = [first; Self::MAX_STEPS];
        all[..steps.len()].copy_from_slice(steps);
        Ok(Self { len, steps: all })
    }

    /// The steps, the first damage first. Never empty.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps[..usize::from(self.len)]
    }

    /// What the text was read as last.
    pub(crate) fn misread(&self) -> Codec {
        let steps = self.steps();
        steps[steps.len() - 1].misread
    }

    /// This chain and then one more step.
    ///
    /// # Errors
    ///
    /// If the chain is full.
    ///
    /// ```
    /// use luanma::{Chain, Step};
    ///
    /// let step: Step = "utf-8>cp1252".parse()?;
    /// let twice = Chain::from(step).then(step)?;
    /// assert_eq!(twice.garble("é").as_deref(), Some("ÃƒÂ©"));
    /// # Ok::<(), luanma::Error>(())
    /// ```
    pub fn then(self, step: Step) -> Result<Self, Error> {
        let mut steps = self.steps().to_vec();
        steps.push(step);
        Self::new(&steps)
    }

    /// This chain and then all of another; `None` if that is too long.
    pub(crate) fn followed_by(&self, later: &Self) -> Option<Self> {
        let mut steps = self.steps().to_vec();
        steps.extend_from_slice(later.steps());
        Self::new(&steps).ok()
    }

    /// The text as this chain damages it; `None` where a character is not in the truth or its bytes do not
    /// decode as the misread, so that something would be lost.
    ///
    /// ```
    /// let chain: luanma::Chain = "utf-8>gbk".parse()?;
    /// assert_eq!(chain.garble("你好吗ab").as_deref(), Some("浣犲ソ鍚梐b"), "the last byte takes the `a` along");
    /// assert_eq!(chain.garble("你好吗"), None, "an odd number of bytes: the last stands alone");
    /// # Ok::<(), luanma::Error>(())
    /// ```
    #[must_use]
    pub fn garble(&self, text: &str) -> Option<String> {
        let mut text = text.to_owned();
        for step in self.steps() {
            text = step.misread.decode(&step.truth.encode(&text)?)?;
        }
        Some(text)
    }

    /// The text before this chain damaged it, by inverting the bytes and nothing else; `None` where a character
    /// is not in the misread or the bytes do not decode as the truth.
    ///
    /// It doubts nothing: text that was never damaged may well have an inverse. Where bytes were lost, or where
    /// clean text stands beside the damage, use [`Repairer`](crate::Repairer).
    ///
    /// ```
    /// let chain: luanma::Chain = "gbk>latin-1".parse()?;
    /// assert_eq!(chain.undo("ÎÄ×Ö").as_deref(), Some("文字"));
    /// assert_eq!(chain.undo("文字"), None);
    /// # Ok::<(), luanma::Error>(())
    /// ```
    #[must_use]
    pub fn undo(&self, text: &str) -> Option<String> {
        let mut text = text.to_owned();
        for step in self.steps().iter().rev() {
            text = step.truth.decode(&step.misread.encode(&text)?)?;
        }
        Some(text)
    }
}

impl From<Step> for Chain {
    fn from(step: Step) -> Self {
        Self { len: 1, steps: [step; Self::MAX_STEPS] }
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.steps().iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            step.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain({self})")
    }
}

impl FromStr for Chain {
    type Err = Error;

    /// Parses steps with commas between them; spaces around names do not matter.
    fn from_str(text: &str) -> Result<Self, Error> {
        let steps: Vec<Step> = text.split(',').map(str::parse).collect::<Result<_, _>>()?;
        Self::new(&steps)
    }
}
