//! A connection on which an answer is still heard where the service stops reading before the whole file is sent.

use std::io;

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// Puts [`Hearing`] around the connections of those before it in a chain.
#[derive(Debug)]
pub(super) struct EarlyAnswers;

impl<In: Transport> Connector<In> for EarlyAnswers {
    type Out = Hearing<In>;

    fn connect(&self, _details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Hearing<In>>, Error> {
        Ok(chained.map(|inner| Hearing { inner, broken: None }))
    }
}

/// Drops what can no longer be sent: whoever refuses a request by its head answers, and then closes the connection.
#[derive(Debug)]
pub(super) struct Hearing<T> {
    inner: T,
    /// Why nothing can be sent any more; told where there is no answer.
    broken: Option<io::Error>,
}

impl<T: Transport> Transport for Hearing<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if self.broken.is_some() {
            return Ok(());
        }
        match self.inner.transmit_output(amount, timeout) {
            Err(Error::Io(error)) => {
                self.broken = Some(error);
                Ok(())
            }
            sent => sent,
        }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let heard = self.inner.await_input(timeout);
        if matches!(heard, Ok(true)) {
            return heard;
        }
        self.broken.take().map_or(heard, |error| Err(error.into()))
    }

    fn is_open(&mut self) -> bool {
        self.broken.is_none() && self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
