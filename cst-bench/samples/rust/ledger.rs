//! A ledger of double-entry bookings: accounts, postings, balances, and a text form of all three.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The smallest unit of money, a hundredth of the currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cents(pub i64);

impl Cents {
    pub const ZERO: Self = Self(0);

    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    pub const fn is_debit(self) -> bool {
        self.0 > 0
    }
}

impl std::ops::Neg for Cents {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let value = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", value / 100, value % 100)
    }
}

impl FromStr for Cents {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "00"));
        if part.len() != 2 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ParseError::Amount(text.to_owned()));
        }
        let whole: i64 = whole.parse().map_err(|_| ParseError::Amount(text.to_owned()))?;
        let part: i64 = part.parse().map_err(|_| ParseError::Amount(text.to_owned()))?;
        Ok(Self(sign * (whole * 100 + part)))
    }
}

#[derive(Debug, PartialEq)]
#[non_exhaustive]
pub enum ParseError {
    Amount(String),
    Line { number: usize, text: String },
    Unbalanced { at: usize, by: Cents },
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount(text) => write!(f, "{text:?} is not an amount"),
            Self::Line { number, text } if text.is_empty() => write!(f, "line {number} is empty"),
            Self::Line { number, text } => write!(f, "line {number}: cannot read {text:?}"),
            Self::Unbalanced { at, by } => write!(f, "the booking at line {at} is off by {by}"),
        }
    }
}

impl std::error::Error for ParseError {}

/// One side of a booking.
#[derive(Clone, Debug, PartialEq)]
pub struct Posting {
    pub account: Arc<str>,
    pub amount: Cents,
    pub note: Option<String>,
}

/// Postings whose amounts add up to nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Booking {
    pub day: u32,
    pub text: String,
    pub postings: Vec<Posting>,
}

impl Booking {
    pub fn balance(&self) -> Option<Cents> {
        self.postings.iter().try_fold(Cents::ZERO, |sum, posting| sum.checked_add(posting.amount))
    }
}

/// All bookings, and the names that they share.
#[derive(Debug, Default)]
pub struct Ledger {
    bookings: Vec<Booking>,
    names: HashSet<Arc<str>>,
}

impl Ledger {
    pub fn new() -> Self {
        Self::default()
    }

    fn intern(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return Arc::clone(known);
        }
        let fresh: Arc<str> = Arc::from(name);
        self.names.insert(Arc::clone(&fresh));
        fresh
    }

    pub fn book(&mut self, booking: Booking) -> Result<&mut Self, ParseError> {
        match booking.balance() {
            Some(Cents::ZERO) => {
                self.bookings.push(booking);
                Ok(self)
            }
            by => Err(ParseError::Unbalanced { at: self.bookings.len(), by: by.unwrap_or(Cents(i64::MAX)) }),
        }
    }

    /// What each account holds after `day`.
    pub fn balances(&self, day: u32) -> BTreeMap<&str, Cents> {
        let mut balances = BTreeMap::new();
        for posting in self.bookings.iter().filter(|b| b.day <= day).flat_map(|b| &b.postings) {
            let balance: &mut Cents = balances.entry(&*posting.account).or_default();
            *balance = balance.checked_add(posting.amount).unwrap_or(*balance);
        }
        balances.retain(|_, balance| *balance != Cents::ZERO);
        balances
    }

    pub fn read(text: &str) -> Result<Self, ParseError> {
        let mut ledger = Self::new();
        let mut open: Option<Booking> = None;
        for (index, line) in text.lines().enumerate() {
            let wrong = || ParseError::Line { number: index + 1, text: line.to_owned() };
            let line_text = line.split('#').next().unwrap_or("").trim_end();
            if line_text.is_empty() {
                if let Some(booking) = open.take() {
                    ledger.book(booking)?;
                }
                continue;
            }
            if let Some(rest) = line_text.strip_prefix("  ") {
                let booking = open.as_mut().ok_or_else(wrong)?;
                let mut words = rest.splitn(3, ' ');
                let (Some(account), Some(amount)) = (words.next(), words.next()) else {
                    return Err(wrong());
                };
                let account = ledger.intern(account);
                let note = words.next().map(str::to_owned);
                booking.postings.push(Posting { account, amount: amount.parse()?, note });
            } else {
                let (day, what) = line_text.split_once(' ').ok_or_else(wrong)?;
                let day = day.parse().map_err(|_| wrong())?;
                open = Some(Booking { day, text: what.into(), ..Booking::default() });
            }
        }
        if let Some(last) = open {
            ledger.book(last)?;
        }
        Ok(ledger)
    }
}

macro_rules! posting {
    ($account:expr => $amount:literal $(, $note:expr)?) => {
        Posting { account: Arc::from($account), amount: Cents($amount), note: None $(.or(Some($note.into())))? }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
7 rent
  home 950.00 "January"
  bank -950.00

9 bread # and salt
  food 4.20
  cash -4.20
"#;

    #[test]
    fn what_is_read_can_be_summed() -> Result<(), ParseError> {
        let ledger = Ledger::read(TEXT)?;
        let balances = ledger.balances(8);
        assert_eq!(balances.get("home").copied(), Some(Cents(95_000)));
        assert!(!balances.contains_key("food"), "{balances:?}");
        Ok(())
    }

    #[test]
    fn amounts() {
        for (text, cents) in [("0.00", 0), ("-3.05", -305), ("12", 1_200)] {
            assert_eq!(text.parse(), Ok(Cents(cents)));
        }
        assert!("1.5".parse::<Cents>().is_err());
        assert_eq!(posting!("a" => -1, "n").note.as_deref(), Some("n"));
    }
}
